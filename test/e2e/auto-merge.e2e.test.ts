import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { eventsOf } from './run-cloudsync.ts';
import { useSandbox } from './sandbox.ts';
import { contents, differences, snapshot, trashed, write } from './tree.ts';

const box = useSandbox();
const merge = (...options: string[]) => box.sync('--conflict', 'auto-merge', ...options);
const textAt = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');

const CODE = Array.from({ length: 20 }, (_, at) => `line ${at}\n`).join('');
const EDIT_A = CODE.replace('line 3\n', 'line 3, by a\nand more\n');
const EDIT_B = CODE.replace('line 15\n', '').replace('line 17\n', 'line 17, by b\n');

/** What git makes of it. */
function gitMerge(base: string, a: string, b: string): string {
  for (const [name, text] of Object.entries({ base, a, b })) writeFileSync(join(box.dir, `${name}.txt`), text);
  const { status, stdout } = spawnSync('git', ['merge-file', '-p', 'a.txt', 'base.txt', 'b.txt'], { cwd: box.dir, encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout;
}

describe('both sides edited a text', () => {
  beforeEach(async () => {
    write(box.a, {
      'src/code.ts': CODE,
      'notes.md': 'The quick brown fox jumps over the lazy dog.\n',
      'dos.txt': CODE.replaceAll('\n', '\r\n'),
    });
    expect((await merge()).code).toBe(0);
  });

  test('in different lines: one text on both sides, byte for byte what git merge-file gives', async () => {
    write(box.a, { 'src/code.ts': EDIT_A });
    write(box.b, { 'src/code.ts': EDIT_B });
    const { code, stdout, stderr } = await merge();
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^In sync: 1 file merged in /)]);
    expect(stderr).toContain('merged   src/code.ts: changed on both sides: the edits of both are merged');
    expect(textAt(box.a, 'src/code.ts')).toBe(gitMerge(CODE, EDIT_A, EDIT_B));
    expect(differences(box.a, box.b)).toEqual([]);
    expect(trashed(box.a)).toEqual([EDIT_A]);
    expect(trashed(box.b)).toEqual([EDIT_B]);
    expect((await merge()).stdout).toContain('nothing to do');
  });

  test('again and again, each time from what was agreed on last', async () => {
    for (const n of [1, 2, 3]) {
      const base = textAt(box.a, 'src/code.ts');
      const [a, b] = [base.replace(/line 2.*\n/, `line 2, by a ${n}\n`), base.replace(/line 18.*\n/, `line 18, by b ${n}\n`)];
      write(box.a, { 'src/code.ts': a });
      write(box.b, { 'src/code.ts': b });
      expect((await merge()).code).toBe(0);
      expect(textAt(box.a, 'src/code.ts')).toBe(gitMerge(base, a, b));
    }
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('in one paragraph of prose: merged by words', async () => {
    write(box.a, { 'notes.md': 'The slow brown fox jumps over the lazy dog.\n' });
    write(box.b, { 'notes.md': 'The quick brown fox jumps over the sleepy dog.\nThe end.\n' });
    expect((await merge()).code).toBe(0);
    expect(textAt(box.a, 'notes.md')).toBe('The slow brown fox jumps over the sleepy dog.\nThe end.\n');
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('with CRLF: it stays', async () => {
    const [a, b] = [EDIT_A.replaceAll('\n', '\r\n'), EDIT_B.replaceAll('\n', '\r\n')];
    write(box.a, { 'dos.txt': a });
    write(box.b, { 'dos.txt': b });
    expect((await merge()).code).toBe(0);
    expect(textAt(box.b, 'dos.txt')).toBe(gitMerge(CODE, EDIT_A, EDIT_B).replaceAll('\n', '\r\n'));
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('and one of them renamed the file and its folder: the new name has the merged text', async () => {
    renameSync(join(box.a, 'src'), join(box.a, 'lib'));
    renameSync(join(box.a, 'lib/code.ts'), join(box.a, 'lib/main.ts'));
    writeFileSync(join(box.a, 'lib/main.ts'), EDIT_A);
    write(box.b, { 'src/code.ts': EDIT_B });
    expect((await merge()).code).toBe(0);
    expect(textAt(box.b, 'lib/main.ts')).toBe(gitMerge(CODE, EDIT_A, EDIT_B));
    expect(Object.keys(contents(box.b)).sort()).toEqual(['dos.txt', 'lib', 'lib/main.ts', 'notes.md']);
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('and one of them made it executable: the merged file is', async () => {
    write(box.a, { 'src/code.ts': EDIT_A });
    write(box.b, { 'src/code.ts': EDIT_B });
    chmodSync(join(box.b, 'src/code.ts'), 0o755);
    expect((await merge()).code).toBe(0);
    expect([box.a, box.b].map((root) => statSync(join(root, 'src/code.ts')).mode & 0o777)).toEqual([0o755, 0o755]);
  });

  test('a dry run says what will be merged and what kept twice, and changes nothing', async () => {
    write(box.a, { 'src/code.ts': EDIT_A, 'notes.md': 'One.\n' });
    write(box.b, { 'src/code.ts': EDIT_B, 'notes.md': 'Two.\n' });
    const before = [snapshot(box.a), snapshot(box.b)];
    const planned = eventsOf(await merge('--dry-run', '--json'));
    expect([snapshot(box.a), snapshot(box.b)]).toEqual(before);
    const reasons = planned.flatMap((event) => (event.type === 'planned' ? [[event.path, event.action, event.reason]] : []));
    expect(reasons).toEqual([
      ['notes.md', 'CONFLICT', expect.stringMatching(/both are kept, .* \(not merged: both edited the same place\)$/)],
      ['src/code.ts', 'CONFLICT', 'changed on both sides: the edits of both are merged'],
    ]);
    const told = (lines: typeof planned) => lines.flatMap((event) => (event.type === 'conflict' ? [event.conflict] : []));
    const done = eventsOf(await merge('--json'));
    expect(told(done)).toEqual(told(planned));
    expect(told(done).map(({ path, outcome }) => [path, outcome])).toEqual([
      ['notes.md', 'both'],
      ['src/code.ts', 'merged'],
    ]);
    expect(done.at(-1)).toMatchObject({ type: 'sync_complete', statistics: { conflicts: 2, merged: 1, conflictsLeft: 0 } });
  });

  test.each([
    ['the same line', 'src/code.ts', CODE.replace('line 3', 'line 3 a'), CODE.replace('line 3', 'line 3 b'), 'both edited the same place'],
    ['into no text', 'notes.md', 'a\0', 'bb\0', 'not a text in UTF-8'],
    ['into something large', 'notes.md', 'x'.repeat(2 ** 20 + 1), 'short', 'larger than 1 MiB'],
  ])('%s: both are kept', async (_what, path, a, b, why) => {
    write(box.a, { [path]: a });
    write(box.b, { [path]: b });
    const { code, stderr } = await merge();
    expect([code, stderr]).toEqual([0, expect.stringContaining(`(not merged: ${why})`)]);
    const folder = join(box.a, path, '..');
    const names = readdirSync(folder).filter((name) => name.includes('.conflict-'));
    expect(names).toHaveLength(1);
    const kept = [textAt(box.a, path), readFileSync(join(folder, names[0] as string), 'utf8')];
    expect(kept.sort()).toEqual([a, b].sort());
    expect(differences(box.a, box.b)).toEqual([]);
  });
});

describe('the text before both edits', () => {
  const edit = (): void => {
    write(box.a, { 'code.ts': EDIT_A });
    write(box.b, { 'code.ts': EDIT_B });
  };

  test('is learned from a pair that was synced without auto-merge before', async () => {
    write(box.a, { 'code.ts': CODE, 'image.png': new Uint8Array([0, 1, 2]) });
    await box.sync();
    await merge();
    edit();
    expect((await merge()).stdout).toContain('1 file merged');
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('is learned again after runs without auto-merge', async () => {
    write(box.a, { 'code.ts': 'something else\n' });
    await merge();
    write(box.a, { 'code.ts': CODE });
    await box.sync();
    await merge();
    edit();
    expect((await merge()).stdout).toContain('1 file merged');
  });

  test('is not known when auto-merge was never used before: both are kept', async () => {
    write(box.a, { 'code.ts': CODE });
    await box.sync();
    edit();
    const { code, stderr } = await merge();
    expect([code, stderr]).toEqual([0, expect.stringContaining('(not merged: the text before both edits is not known)')]);
    expect(Object.values(contents(box.a)).sort()).toEqual([EDIT_A, EDIT_B].sort());
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('is not trusted when what was kept is damaged: both are kept', async () => {
    write(box.a, { 'code.ts': CODE });
    await merge();
    const log = join(box.home, 'state', readdirSync(join(box.home, 'state'))[0] as string, 'agreed_texts.jsonl');
    writeFileSync(log, readFileSync(log, 'utf8').replace('line 7', 'line 8'));
    edit();
    expect((await merge()).stderr).toContain('(not merged: the text before both edits is not known)');
    expect(differences(box.a, box.b)).toEqual([]);
  });
});

test('killed while merges are written: the next run finishes them, and makes no edit twice', async () => {
  // Lines repeat, so that what is half merged could be taken for another edit.
  const paths = Array.from({ length: 300 }, (_, at) => `file${at}.ts`);
  const all = (text: string) => Object.fromEntries(paths.map((path) => [path, text]));
  const [base, editA, editB, merged] = ['a\nb\n', 'b\n', 'a\nb\nb\n', 'b\nb\n'];
  write(box.a, all(base));
  await merge();
  write(box.a, all(editA));
  write(box.b, all(editB));
  const running = box.start('sync', 'a', 'b', '--conflict', 'auto-merge');
  while (!paths.some((path) => textAt(box.a, path) === merged)) await setImmediate();
  running.process.kill('SIGKILL');
  expect((await running.ended).signal).toBe('SIGKILL');
  const state = join(box.home, 'state', readdirSync(join(box.home, 'state'))[0] as string);
  expect(existsSync(join(state, 'merges_underway.json'))).toBe(true);
  for (const path of paths) expect([editB, merged]).toContain(textAt(box.b, path));
  expect((await merge()).code).toBe(0);
  expect([contents(box.a), contents(box.b)]).toEqual([all(merged), all(merged)]);
  expect(differences(box.a, box.b)).toEqual([]);
  expect(existsSync(join(state, 'merges_underway.json'))).toBe(false);
  expect((await merge()).stdout).toContain('nothing to do');
});
