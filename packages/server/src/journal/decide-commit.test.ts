import { describe, expect, it } from 'vitest';
import type { Change, ChangeResult, Put } from './change.ts';
import { type CommitContext, decideCommit } from './decide-commit.ts';
import { MemoryTree } from './memory-tree.test.support.ts';

const folder: Put = { kind: 'folder', size: 0, mtimeMs: 1, chunks: 0 };
const link = (target: string): Put => ({ kind: 'symlink', size: 0, mtimeMs: 1, chunks: 0, target });

function file(digit: string, size = 10): Put {
  return { kind: 'file', size, mtimeMs: 1, mode: 0o644, hash: digit.repeat(64), content: digit.repeat(64), chunks: 1 };
}

/** A tree after these changes, and how to go on. */
class Scene {
  readonly tree = new MemoryTree();

  constructor(changes: readonly Change[] = []) {
    for (const result of this.commit(changes)) expect(result).toHaveProperty('sequence');
  }

  commit(changes: readonly Change[], options: Partial<CommitContext> & { atomic?: boolean } = {}): readonly ChangeResult[] {
    const { tree } = this;
    const all = (): boolean => true;
    const context: CommitContext = {
      ...{ tree, sequence: tree.sequence, usage: tree.usage, atMs: 1_000, author: 7 },
      ...{ rights: { writes: all, writesAllBelow: all }, quota: { files: null, bytes: null } },
      ...options,
    };
    const { rows, results, usage } = decideCommit(context, { changes, atomic: options.atomic ?? false });
    tree.rows.push(...rows);
    expect(usage).toEqual(tree.usage);
    return results;
  }
}

/** a/, a/f (2), b (3), empty/ (4) */
const start: readonly Change[] = [
  { path: 'a', base: 0, put: folder },
  { path: 'a/f', base: 0, put: file('1') },
  { path: 'b', base: 0, put: file('2') },
  { path: 'empty', base: 0, put: folder },
];
const START = ['a folder', 'a/f file 1111', 'b file 2222', 'empty folder'];

const conflict = (sequence: number): unknown => ({ conflict: expect.objectContaining({ sequence }) });
const NOTHING_THERE = { conflict: undefined };
const error = (code: string): unknown => ({ error: code, message: expect.any(String) });
const done = (sequence: number, id: number): unknown => ({ sequence, id });

describe('what a commit does to a tree', () => {
  it.each<[string, Change, unknown, string[]]>([
    ['a new file', { path: 'c', base: 0, put: file('3') }, done(5, 5), [...START, 'c file 3333']],
    [
      'a file over a file',
      { path: 'b', base: 3, put: file('3') },
      done(5, 3),
      ['a folder', 'a/f file 1111', 'b file 3333', 'empty folder'],
    ],
    ['the same file again', { path: 'b', base: 3, put: file('2') }, done(3, 3), START],
    ['a stale base', { path: 'b', base: 2, put: file('3') }, conflict(3), START],
    ['nothing may be there, and something is', { path: 'b', base: 0, put: file('3') }, conflict(3), START],
    ['something should be there, and nothing is', { path: 'c', base: 3, put: file('3') }, NOTHING_THERE, START],
    [
      'the last writer wins',
      { path: 'b', base: 'any', put: file('3') },
      done(5, 3),
      ['a folder', 'a/f file 1111', 'b file 3333', 'empty folder'],
    ],
    ['into a folder that is not there', { path: 'x/c', base: 0, put: file('3') }, error('storage/not-found'), START],
    ['into a file', { path: 'b/c', base: 0, put: file('3') }, error('storage/not-found'), START],
    [
      'a file becomes a symlink: another entry',
      { path: 'b', base: 3, put: link('a/f') },
      done(6, 6),
      ['a folder', 'a/f file 1111', 'b symlink a/f', 'empty folder'],
    ],
    [
      'an empty folder becomes a file',
      { path: 'empty', base: 4, put: file('3') },
      done(6, 6),
      ['a folder', 'a/f file 1111', 'b file 2222', 'empty file 3333'],
    ],
    ['a folder with something in it does not', { path: 'a', base: 1, put: file('3') }, error('storage/not-empty'), START],
    ['delete', { path: 'b', base: 3, delete: true }, done(5, 3), ['a folder', 'a/f file 1111', 'empty folder']],
    ['delete what somebody changed', { path: 'b', base: 1, delete: true }, conflict(3), START],
    ['delete what is gone', { path: 'c', base: 3, delete: true }, NOTHING_THERE, START],
    ['delete a folder with something in it', { path: 'a', base: 1, delete: true }, error('storage/not-empty'), START],
    ['delete an empty folder', { path: 'empty', base: 4, delete: true }, done(5, 4), ['a folder', 'a/f file 1111', 'b file 2222']],
    [
      'move a folder',
      { path: 'z', base: 0, from: 'a', fromBase: 1 },
      done(5, 1),
      ['b file 2222', 'empty folder', 'z folder', 'z/f file 1111'],
    ],
    ['move a file over another', { path: 'b', base: 3, from: 'a/f', fromBase: 2 }, done(6, 2), ['a folder', 'b file 1111', 'empty folder']],
    ['move onto a name that is taken', { path: 'b', base: 0, from: 'a/f', fromBase: 2 }, conflict(3), START],
    ['move what somebody changed', { path: 'c', base: 0, from: 'b', fromBase: 2 }, conflict(3), START],
    ['move what is gone', { path: 'c', base: 0, from: 'x', fromBase: 2 }, NOTHING_THERE, START],
    ['move a folder into itself', { path: 'a/g', base: 0, from: 'a', fromBase: 1 }, error('server/invalid'), START],
    ['move over a folder that holds something', { path: 'a', base: 1, from: 'b', fromBase: 3 }, error('storage/not-empty'), START],
    ['attributes', { path: 'b', base: 3, attributes: { mode: 0o600 } }, done(5, 3), START],
    ['attributes that it has', { path: 'b', base: 3, attributes: { mode: 0o644 } }, done(3, 3), START],
    ['attributes of what somebody changed', { path: 'b', base: 2, attributes: { mode: 0o600 } }, conflict(3), START],
  ])('%s', (_, change, result, paths) => {
    const scene = new Scene(start);
    expect(scene.commit([change])).toEqual([result]);
    expect(scene.tree.paths).toEqual(paths.sort());
  });

  it.each<[string, Change]>([
    ['path/unsafe', { path: '../b', base: 0, put: file('1') }],
    ['path/unsafe', { path: '/b', base: 0, put: file('1') }],
    ['path/unsafe', { path: 'a//b', base: 0, put: file('1') }],
    ['path/unsafe', { path: 'a\0b', base: 0, put: file('1') }],
    ['path/unsafe', { path: '', base: 0, put: folder }],
    ['path/unsafe', { path: 'c', base: 0, from: 'a/..', fromBase: 1 }],
    ['path/name-not-unicode', { path: 'a/\ud800', base: 0, put: file('1') }],
    ['path/name-not-allowed', { path: 'ä'.repeat(128), base: 0, put: file('1') }],
    ['path/name-not-allowed', { path: `${'a/'.repeat(300)}b`, base: 0, put: file('1') }],
    ['path/name-not-allowed', { path: Array(30).fill('a'.repeat(200)).join('/'), base: 0, put: file('1') }],
    ['path/name-not-allowed', { path: 'a/.sync_trash', base: 0, put: folder }],
    ['path/name-not-allowed', { path: '.sync_state', base: 0, from: 'b', fromBase: 3 }],
    ['server/invalid', { path: 'c', base: 0, put: { ...file('1'), hash: undefined } }],
    ['server/invalid', { path: 'c', base: 0, put: { ...file('1'), hash: 'A'.repeat(64) } }],
    ['server/invalid', { path: 'c', base: 0, put: { ...file('1'), size: -1 } }],
    ['server/invalid', { path: 'c', base: 0, put: { ...file('1'), size: 1.5 } }],
    ['server/invalid', { path: 'c', base: 0, put: { ...file('1'), chunks: 0 } }],
    ['server/invalid', { path: 'c', base: 0, put: { ...file('1'), size: 0 } }],
    ['server/invalid', { path: 'c', base: 0, put: { ...file('1'), target: 'b' } }],
    ['server/invalid', { path: 'c', base: 0, put: { ...file('1'), mtimeMs: Number.NaN } }],
    ['server/invalid', { path: 'c', base: 0, put: { ...folder, size: 3 } }],
    ['server/invalid', { path: 'c', base: 0, put: { ...folder, target: 'a' } }],
    ['server/invalid', { path: 'c', base: 0, put: { ...link('a'), target: undefined } }],
    ['server/invalid', { path: 'c', base: 0, put: link('a\0') }],
    ['server/invalid', { path: 'c', base: 0, put: link('') }],
  ])('%s: %j', (code, change) => {
    const scene = new Scene(start);
    expect(scene.commit([change])).toEqual([error(code)]);
    expect(scene.tree.paths).toEqual(START);
  });

  it('a kind that changes leaves the old entry in the trash, and what was in it when it was a file', () => {
    const scene = new Scene(start);
    scene.commit([{ path: 'b', base: 3, put: folder }]);
    expect(scene.tree.rows.slice(4).map(({ id, kind, action }) => `${id} ${kind} ${action}`)).toEqual([
      '3 file deleted',
      '6 folder created',
    ]);
  });

  it('changes of one commit see each other', () => {
    const scene = new Scene(start);
    const results = scene.commit([
      { path: 'n', base: 0, put: folder },
      { path: 'n/a', base: 0, from: 'a', fromBase: 1 },
      { path: 'n/a/f', base: 2, delete: true },
      { path: 'n/a', base: 6, delete: true },
      { path: 'a', base: 0, put: file('9') },
    ]);
    expect(results.every((result) => 'sequence' in result)).toBe(true);
    expect(scene.tree.paths).toEqual(['a file 9999', 'b file 2222', 'empty folder', 'n folder']);
  });

  it('two names are exchanged', () => {
    const scene = new Scene(start);
    scene.commit([
      { path: 'tmp', base: 0, from: 'b', fromBase: 3 },
      { path: 'b', base: 0, from: 'a/f', fromBase: 2 },
      { path: 'a/f', base: 0, from: 'tmp', fromBase: 5 },
    ]);
    expect(scene.tree.paths).toEqual(['a folder', 'a/f file 2222', 'b file 1111', 'empty folder']);
  });

  it('atomic: one conflict refuses all; else each change stands for itself', () => {
    const changes: Change[] = [
      { path: 'c', base: 0, put: file('3') },
      { path: 'b', base: 2, put: file('3') },
    ];
    const scene = new Scene(start);
    expect(scene.commit(changes, { atomic: true })).toEqual([error('server/precondition-failed'), conflict(3)]);
    expect(scene.tree.paths).toEqual(START);
    expect(scene.commit(changes)).toEqual([done(5, 5), conflict(3)]);
  });

  it('quotas refuse what makes it more, and nothing that makes it less', () => {
    const scene = new Scene(start);
    const quota = { files: 2, bytes: 25 };
    expect(scene.commit([{ path: 'c', base: 0, put: file('3', 1) }], { quota })).toEqual([error('server/quota-exceeded')]);
    expect(scene.commit([{ path: 'b', base: 3, put: file('3', 16) }], { quota })).toEqual([error('server/quota-exceeded')]);
    expect(scene.commit([{ path: 'b', base: 3, put: file('3', 15) }], { quota })).toEqual([done(5, 3)]);
    const tight = { files: 1, bytes: 1 };
    expect(scene.commit([{ path: 'b', base: 5, put: file('4', 14) }], { quota: tight })).toEqual([done(6, 3)]);
    expect(scene.commit([{ path: 'g', base: 0, put: folder }], { quota: tight })).toEqual([done(7, 7)]);
    expect(scene.commit([{ path: 'b', base: 6, delete: true }], { quota: tight })).toEqual([done(8, 3)]);
  });

  it('who may not write there is refused, also where a folder would carry something away', () => {
    const rights = {
      writes: (path: string) => path !== 'b' && !path.startsWith('a'),
      writesAllBelow: (path: string) => path !== '' && path !== 'b' && !path.startsWith('a'),
    };
    const refused: Change[] = [
      { path: 'b', base: 3, put: file('3') },
      { path: 'b', base: 3, delete: true },
      { path: 'b', base: 3, attributes: { mode: 0 } },
      { path: 'c', base: 0, from: 'b', fromBase: 3 },
      { path: 'a/e', base: 0, from: 'empty', fromBase: 4 },
      { path: 'c', base: 0, from: 'a', fromBase: 1 },
      // Nor is he told whether something is there.
      { path: 'c', base: 0, from: 'a/nothing', fromBase: 1 },
      { path: 'a/nothing', base: 1, delete: true },
    ];
    const scene = new Scene(start);
    for (const change of refused) expect(scene.commit([change], { rights })).toEqual([error('server/forbidden')]);
    expect(scene.commit([{ path: 'c', base: 0, put: file('3') }], { rights })).toEqual([done(5, 5)]);
  });

  it('rows tell who did what and when', () => {
    const scene = new Scene([{ path: 'b', base: 0, put: file('2') }]);
    expect(scene.tree.rows[0]).toEqual({
      ...{ sequence: 1, id: 1, parent: 0, name: 'b', kind: 'file', size: 10, mtimeMs: 1, mode: 0o644, target: undefined, chunks: 1 },
      ...{ hash: '2'.repeat(64), content: '2'.repeat(64), deleted: false, atMs: 1_000, author: 7, action: 'created' },
    });
  });
});
