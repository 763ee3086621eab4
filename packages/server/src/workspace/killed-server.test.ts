import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { TestDevice } from './test-device.test.support.ts';
import { Workspaces } from './workspaces.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cloudsync-killed-'));
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

const program = fileURLToPath(new URL('./commit-until-killed.test.support.ts', import.meta.url));

const NOTHING = 'nothing';

/** What a path may hold: what was last answered, or what was sent after that. */
type Possible = Map<string, string[]>;

/** Runs a server that commits all the time and kills it after so many answers. */
async function runAndKill(data: string, answers: number, possible: Possible): Promise<void> {
  const child = spawn(process.execPath, [program, data], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let problems = '';
  child.stderr.on('data', (bytes) => (problems += bytes));
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line may be cut off by the kill.
    const [, what, path, text] = /^(send|done) (\S+) (\S+) end$/.exec(line) ?? [];
    if (path === undefined || text === undefined) continue;
    if (what === 'send') possible.set(path, [...(possible.get(path) ?? [NOTHING]), text]);
    else {
      possible.set(path, [text]);
      if (++count === answers) child.kill('SIGKILL');
    }
  }
  children.delete(child);
  expect(count, problems).toBeGreaterThanOrEqual(answers);
}

describe('a server that is killed while it commits', () => {
  it('has everything that it answered, and nothing is damaged', async () => {
    const data = join(scratch, 'data');
    const possible: Possible = new Map();
    let [head, cursor] = [0, undefined as string | undefined];
    for (const answers of [1, 40, 7, 120, 15]) {
      await runAndKill(data, answers, possible);
      const workspaces = await Workspaces.open({ data });
      expect(await workspaces.check({ readData: true })).toEqual([]);
      const workspace = workspaces.get('home');
      const device = new TestDevice(workspaces, workspace);
      for (const [path, texts] of possible) {
        const found = workspace.stat(device.caller, path);
        const text = found === undefined ? NOTHING : (await device.text(found.row.sequence)).slice(0, 12);
        expect(texts, path).toContain(text);
        possible.set(path, [text]);
      }
      expect(workspace.head).toBeGreaterThan(head);
      if (cursor !== undefined) expect(workspace.resume(cursor)).toBe('changes');
      [head, cursor] = [workspace.head, workspace.cursor];
      await workspaces.close();
    }
    expect(possible.size).toBeGreaterThan(20);
  }, 120_000);
});
