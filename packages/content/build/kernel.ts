// Compiles the chunker's kernel (AssemblyScript) into a module that holds it in base64, so that programs, bundles, threads and browsers
// just import it. Writes it beside the sources, where tests import it, and into dist. Does nothing when it is there already.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd,threads'];
const MEMORY = ['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'];

const chunk = fileURLToPath(new URL('../src/chunk/', import.meta.url));
const targets = [`${chunk}kernel-wasm.js`, fileURLToPath(new URL('../dist/chunk/kernel-wasm.js', import.meta.url))];

const source = readFileSync(`${chunk}kernel/kernel.ts`, 'utf8');
const made = `// Made by build/kernel.ts from ${createHash('sha256')
  .update(JSON.stringify([source, FLAGS, MEMORY]))
  .digest('hex')}\n`;
const known = targets.filter(existsSync).map((target) => readFileSync(target, 'utf8'));
const text = known.find((each) => each.startsWith(made)) ?? `${made}export const KERNEL_WASM =\n  '${await compile()}';\n`;
for (const target of targets) {
  if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}

/** @returns the WebAssembly module in base64 */
async function compile(): Promise<string> {
  const { default: compiler } = await import('assemblyscript/asc');
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await compiler.main(['kernel.ts', '--outFile', 'kernel.wasm', ...FLAGS, ...MEMORY], {
    readFile: (name) => (name === 'kernel.ts' ? source : null),
    writeFile: (_, contents) => {
      if (typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined)
    throw new Error(`the chunker's kernel does not compile:\n${stderr.toString()}`, { cause: error });
  return Buffer.from(wasm).toString('base64');
}
