import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY, readTracked } from '../tracked-files.ts';

const readme = readTracked('README.md');
const scratch = mkdtempSync(join(tmpdir(), 'cloudsync-readme-'));
const demo = join(scratch, 'demo');

beforeAll(() => {
  execFileSync(process.execPath, [join(REPOSITORY, 'examples/make-demo.ts'), demo]);
  symlinkSync(join(REPOSITORY, 'node_modules'), join(scratch, 'node_modules'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('README', () => {
  it('prints one command that runs it and one that tests it, made of scripts that exist', () => {
    const { scripts } = JSON.parse(readTracked('package.json')) as { scripts: Record<string, string> };
    expect(readme).toContain('\nnpm ci && npm start -- sync demo/laptop demo/usb --verbose\n');
    expect(readme).toContain('\nnpm ci && npm test\n');
    for (const script of ['prestart', 'start', 'test']) expect(scripts).toHaveProperty(script);
  });

  it('the first command brings the demo folders together and shows what it did', () => {
    const [, shown] = /<!-- first -->\n```console\n(.*?)```/s.exec(readme) ?? [];
    const printed = run('cloudsync sync demo/laptop demo/usb --verbose', scratch);
    // Several files travel at once, so their order may differ.
    expect(asPrinted(printed).split('\n').sort()).toEqual(
      asPrinted(shown ?? '')
        .trimEnd()
        .split('\n')
        .sort(),
    );
  });

  it.each(tour())('tour: $command', ({ command, output }) => {
    expect(asPrinted(run(command, demo))).toBe(asPrinted(output));
  });
});

/** The machine at the end of a line of a vault's history; the README's is called ann-pc. */
const HOST = new RegExp(`(?<= )(ann-pc|${hostname().replace(/\W/g, '\\$&')})$`, 'gm');

interface Step {
  readonly command: string;
  /** What the README says that it prints. */
  readonly output: string;
}

/** The commands of the blocks that are marked as the tour, in order. */
function tour(): Step[] {
  const blocks = [...readme.matchAll(/<!-- tour -->\n```console\n(.*?)```/gs)].map(([, block]) => block as string);
  return blocks.flatMap((block) => block.split(/^\$ /m).slice(1)).map(stepOf);
}

function stepOf(text: string): Step {
  const [command, ...output] = text.trimEnd().split('\n');
  return { command: command as string, output: output.join('\n') };
}

function run(command: string, cwd: string): string {
  const env = {
    ...process.env,
    NO_COLOR: '1',
    CLOUDSYNC_HOME: join(scratch, 'device'),
    PATH: join(scratch, 'node_modules/.bin') + delimiter + process.env.PATH,
  };
  return spawnSync('sh', ['-c', `exec 2>&1\n${command}`], { cwd, env, encoding: 'utf8' }).stdout.trimEnd();
}

/** Without what differs from run to run: where the checkout is, on which machine, when it was, how long it took. */
function asPrinted(text: string): string {
  return text
    .replaceAll(scratch, '~/cloudsync')
    .replace(HOST, '<host>')
    .replace(/\b\d{8}-\d{6}\b/g, '<time>')
    .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, '<time>')
    .replace(/\b(\d+ ms|\d+(\.\d+)? s)\b/g, '<duration>');
}
