import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';

const entry = (name: string): string => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));

/** What a bundle for browsers would still load by itself, and its size. */
async function bundled(name: string): Promise<{ readonly imports: string[]; readonly bytes: number; readonly exports: string[] }> {
  const bundle = await rolldown({ input: entry(name), platform: 'browser', external: /^node:/, onLog: () => undefined });
  try {
    const { output } = await bundle.generate({ format: 'es', minify: true });
    const [{ imports, dynamicImports, code, exports }] = output;
    return { imports: [...imports, ...dynamicImports], bytes: code.length, exports };
  } finally {
    await bundle.close();
  }
}

describe('the browser entry', () => {
  it('needs nothing of Node, and nothing else that is not in the bundle', async () => {
    const { imports, bytes, exports } = await bundled('browser');
    expect(imports).toEqual([]);
    expect(exports).toContain('CloudSync');
    expect(bytes).toBeLessThan(600_000);
  });

  it('the entry for Node does need Node: the check above can fail', async () => {
    expect((await bundled('index')).imports).toContain('node:crypto');
  });
});
