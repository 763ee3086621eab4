import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY, readTracked } from '../tracked-files.ts';
import { RunningCommand } from './run-cloudsync.ts';

const USUAL_PLACE = '127.0.0.1:8787';

const readme = readTracked('README.md');
const scratch = mkdtempSync(join(tmpdir(), 'cloudsync-readme-'));
const demo = join(scratch, 'demo');
let server: RunningCommand | undefined;
/** Where the server listens that the README has at its usual port. */
let serverAt = '';

beforeAll(() => {
  execFileSync(process.execPath, [join(REPOSITORY, 'examples/make-demo.ts'), demo]);
  symlinkSync(join(REPOSITORY, 'node_modules'), join(scratch, 'node_modules'));
});
afterAll(async () => {
  for (const device of DEVICES) run('cloudsync stop', demo, device);
  server?.process.kill('SIGKILL');
  await server?.ended;
  rmSync(scratch, { recursive: true, force: true });
});

describe('README', () => {
  it('prints one command that runs it and one that tests it, made of scripts that exist', () => {
    const { scripts } = JSON.parse(readTracked('package.json')) as { scripts: Record<string, string> };
    expect(readme).toContain('\nnpm ci && npm start\n');
    expect(readme).toContain('\nnpm ci && npm test\n');
    expect(readme).toContain('\nnpm run --silent demo\n');
    for (const script of ['prestart', 'start', 'test', 'demo']) expect(scripts).toHaveProperty(script);
    expect(scripts.start).toBe('node examples/live-demo.ts');
    expect(scripts.demo).toBe('node examples/make-demo.ts');
  });

  it('the first command shows changes as they arrive, and ends by itself without a terminal', () => {
    const [, shown] = /<!-- demo -->\n```console\n(.*?)```/s.exec(readme) ?? [];
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(REPOSITORY, 'examples/live-demo.ts')], { encoding: 'utf8' });
    expect([stderr, status]).toEqual(['', 0]);
    expect(asPrinted(stdout).trimEnd()).toBe(asPrinted(shown ?? '').trimEnd());
  });

  it('prints an example of the SDK, which is run below as it stands', () => {
    const [, example] = /<!-- sdk -->\n```ts\n(.*?)```/s.exec(readme) ?? [];
    expect(example).toContain(USUAL_PLACE);
    writeFileSync(join(demo, 'reports.ts'), (example as string).replaceAll(`'http://${USUAL_PLACE}'`, 'process.env.SERVER ?? ""'));
  });

  it.each(steps())('tour: $command', async ({ command, output, kind }) => {
    if (kind === 'serve') return await startServer(command, output);
    const printed = run(command, demo, kind === 'other device' ? 'other' : 'device');
    if (kind !== 'first') expect(asPrinted(printed)).toBe(asPrinted(output));
    // Several files travel at once, so their order may differ.
    else expect(asPrinted(printed).split('\n').sort()).toEqual(asPrinted(output).split('\n').sort());
  });
});

const DEVICES = ['device', 'other'] as const;

/** The machine at the end of a line of a history; the README's is called ann-pc. */
const HOST = new RegExp(`(?<= )(ann-pc|${hostname().replace(/\W/g, '\\$&')})$`, 'gm');

interface Step {
  readonly command: string;
  /** What the README says that it prints. */
  readonly output: string;
  readonly kind: 'tour' | 'first' | 'serve' | 'other device';
}

/** The commands of the blocks that are marked as the tour, in order. */
function steps(): Step[] {
  const blocks = [...readme.matchAll(/<!-- (tour|tour on another device|first|serve) -->\n```console\n(.*?)```/gs)];
  return blocks.flatMap(([, mark, block]) => {
    const kind = mark === 'tour on another device' ? 'other device' : (mark as 'tour' | 'first' | 'serve');
    return (block as string)
      .split(/^\$ /m)
      .slice(1)
      .map((text) => ({ ...stepOf(text), kind }));
  });
}

function stepOf(text: string): Omit<Step, 'kind'> {
  const [command, ...output] = text.trimEnd().split('\n');
  return { command: command as string, output: output.join('\n') };
}

/** A server stays; the README's lines are the first that it prints. It takes a free port, so that nobody's server is in the way. */
async function startServer(command: string, output: string): Promise<void> {
  const [, ...args] = command.split(' ');
  server = new RunningCommand([...args, '--port', '0'], { cwd: demo, env: { CLOUDSYNC_HOME: join(scratch, 'server-home') } });
  const expected = asPrinted(output).split('\n');
  const printed: string[] = [];
  for await (const line of server.lines()) {
    serverAt = /http:\/\/(\S+)/.exec(line)?.[1] ?? serverAt;
    printed.push(asPrinted(line));
    if (printed.length === expected.length) break;
  }
  expect(printed).toEqual(expected);
}

function run(command: string, cwd: string, device: (typeof DEVICES)[number]): string {
  const env = {
    ...process.env,
    NO_COLOR: '1',
    CLOUDSYNC_HOME: join(scratch, device),
    SERVER: `http://${serverAt}`,
    PATH: join(scratch, 'node_modules/.bin') + delimiter + process.env.PATH,
  };
  const line = command.replaceAll(USUAL_PLACE, serverAt);
  return spawnSync('sh', ['-c', `exec 2>&1\n${line}`], { cwd, env, encoding: 'utf8' }).stdout.trimEnd();
}

/** Without what differs from run to run: where the checkout is, on which machine and port, when it was, how long it took. */
function asPrinted(text: string): string {
  return text
    .replaceAll(scratch, '~/cloudsync')
    .replace(/\/\S*\/cloudsync-demo-\w+/g, '<demo>')
    .replace(/127\.0\.0\.1:\d+/g, '<server>')
    .replace(HOST, '<host>')
    .replace(/\b\d{8}-\d{6}\b/g, '<time>')
    .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, '<time>')
    .replace(/\b(\d+ ms|\d+(\.\d+)? s)\b/g, '<duration>');
}
