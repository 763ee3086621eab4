import { beforeEach, describe, expect, it } from 'vitest';
import type { Entry } from '../model/entry.ts';
import { Directory } from './memory-directory.test.support.ts';
import { SyncStateManager } from './state-manager.ts';

const SIDES = { source: { url: '/laptop', identity: '1' }, destination: { url: '/usb', identity: '2' } };
const FILES = { source: 1, destination: 1 };

const entry = (path: string): Entry => ({ path, kind: 'file', size: 1, mtimeMs: 0, hash: 'x' });
const opened = async (files: Map<string, string>): Promise<SyncStateManager> => {
  const state = new SyncStateManager(new Directory(files));
  await state.open();
  return state;
};

let files: Map<string, string>;
let state: SyncStateManager;
beforeEach(async () => {
  files = new Map();
  state = await opened(files);
  for (const path of ['a', 'b']) state.record({ path, source: entry(path), destination: entry(path) });
  await state.finish(SIDES, FILES, 0);
});

describe('announced deletions', () => {
  it('are known to the next run as long as nothing was agreed on them, together with what was noted before', async () => {
    state.record({ path: 'c', source: entry('c'), destination: entry('c') });
    await state.announce([{ path: 'a', deleteAt: 'source' }], SIDES, 1);
    const next = await opened(files);
    expect([...next.doomed]).toEqual([['a', 'source']]);
    expect([...(await next.loadSourceTree()).keys()]).toEqual(['a', 'b', 'c']);
  });

  it('count only when the whole batch is there', async () => {
    await state.announce([{ path: 'a', deleteAt: 'source' }], SIDES, 1);
    files.set('journal.jsonl', (files.get('journal.jsonl') ?? '').slice(0, -3));
    expect([...(await opened(files)).doomed]).toEqual([]);
  });

  it('are done with when they are agreed on', async () => {
    await state.announce(
      [
        { path: 'a', deleteAt: 'destination' },
        { path: 'b', deleteAt: 'destination' },
      ],
      SIDES,
      1,
    );
    state.record({ path: 'a', source: undefined, destination: undefined });
    await state.commit(SIDES, FILES, 2);
    expect([...(await opened(files)).doomed.keys()]).toEqual(['b']);
  });

  it('and when a run ends, done or not: nobody is about to delete then', async () => {
    await state.announce([{ path: 'a', deleteAt: 'source' }], SIDES, 1);
    await state.finish(SIDES, FILES, 2);
    expect(state.doomed.size).toBe(0);
    expect((await opened(files)).doomed.size).toBe(0);
    expect(files.has('journal.jsonl')).toBe(false);
  });

  it('begin a state where there is none', async () => {
    const none = new Map<string, string>();
    await (await opened(none)).announce([{ path: 'a', deleteAt: 'source' }], SIDES, 1);
    expect([...(await opened(none)).doomed]).toEqual([['a', 'source']]);
  });
});
