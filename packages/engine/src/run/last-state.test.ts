import { beforeEach, describe, expect, it } from 'vitest';
import { SyncError } from '../model/error.ts';
import { openLastState, unusableIssue, withoutLastState } from './last-state.ts';
import { Directory } from './memory-directory.test.support.ts';
import { SyncStateManager } from './state-manager.ts';

const SIDES = { source: { url: '/laptop', identity: '1' }, destination: { url: '/usb', identity: '2' } };

let files: Map<string, string>;
let state: SyncStateManager;
beforeEach(async () => {
  files = new Map();
  state = new SyncStateManager(new Directory(files));
  await state.open();
  await state.finish(SIDES, { source: 7, destination: 8 }, 0);
});

describe('what the last state means', () => {
  it('none yet: a first sync', async () => {
    const fresh = new SyncStateManager(new Directory(new Map()));
    expect(await openLastState(fresh, SIDES)).toEqual({ isFirst: true, unusable: undefined, files: { source: 0, destination: 0 } });
  });

  it('of these two roots: it may be trusted', async () => {
    expect(await openLastState(state, SIDES)).toEqual({ isFirst: false, unusable: undefined, files: { source: 7, destination: 8 } });
    expect(state.rows('source')).toBeDefined();
  });

  it('the same roots under other names are the same roots', async () => {
    const renamed = { source: { ...SIDES.source, url: '/mnt/laptop' }, destination: SIDES.destination };
    expect((await openLastState(state, renamed)).unusable).toBeUndefined();
  });

  it.each([
    ['source', { ...SIDES, source: { url: '/laptop', identity: '9' } }, ['the source /laptop']],
    ['destination', { ...SIDES, destination: { url: '/usb', identity: '9' } }, ['the destination /usb']],
    ['both, swapped', { source: SIDES.destination, destination: SIDES.source }, ['the source /usb', 'the destination /laptop']],
  ])('another root: it says nothing of this one (%s)', async (_what, sides, names) => {
    const before = new Map(files);
    const last = await openLastState(state, sides);
    expect(last).toMatchObject({ isFirst: false, unusable: { code: 'state/corrupt', reason: 'other-root' } });
    for (const name of names) expect(last.unusable?.message).toContain(name);
    expect(state.rows('source')).toBeUndefined();
    expect(files).toEqual(before);
    // The emptied root is still seen: a disk that is not mounted is another root, too.
    expect(last.files).toEqual({ source: 7, destination: 8 });
  });

  it.each(['2/5', '2/5-1'])('a place in another generation (%s) says itself that it lost something: it may be empty', async (identity) => {
    const last = await openLastState(state, { ...SIDES, destination: { url: '/usb', identity } });
    expect(last).toMatchObject({ unusable: { reason: 'other-root' }, files: { source: 7, destination: 0 } });
  });

  it('where an identity is a path, another path is another place', async () => {
    const ofPath = (path: string) => ({ ...SIDES, source: { url: path, identity: path } });
    await state.finish(ofPath('/mnt/a'), { source: 7, destination: 8 }, 0);
    expect((await openLastState(state, ofPath('/mnt/b'))).files).toEqual({ source: 7, destination: 8 });
  });

  it.each([
    ['state/corrupt', 'corrupt', '{'],
    ['state/newer-version', 'newer-version', '{"version":99}'],
  ])('%s: as if there had been none, but carefully', async (code, reason, metadata) => {
    files.set('sync_metadata.json', metadata);
    const last = await openLastState(state, SIDES);
    expect(last).toMatchObject({ isFirst: false, unusable: { code, reason }, files: { source: 0, destination: 0 } });
    expect(state.rows('source')).toBeUndefined();
    expect(files.get('sync_metadata.json')).toBe(metadata);
  });

  it('what is no fault of the state is thrown on', () => {
    for (const error of [new SyncError('storage/io', 'the disk is gone'), new TypeError('a bug')])
      expect(() => withoutLastState(state, error)).toThrow(error);
  });

  it('the user is told that nothing is deleted, and where the old state is', async () => {
    const unusable = { code: 'state/corrupt', reason: 'corrupt', message: 'a row cannot be read' } as const;
    expect(unusableIssue(unusable, [])).toMatchObject({ severity: 'note', code: 'state/corrupt' });
    expect(unusableIssue(unusable, []).message).toBe('a row cannot be read: both sides are united and nothing is deleted');
    expect(unusableIssue(unusable, ['x.corrupt-1', 'y.corrupt-1']).message).toMatch(/kept as x\.corrupt-1, y\.corrupt-1/);
  });
});
