import { describe, expect, it } from 'vitest';
import type { Entry, Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { ANY_NAMES } from '../model/names.ts';
import type { Storage } from '../storage.ts';
import { Committer } from './committer.ts';
import type { StateDirectory } from './state-directory.ts';
import { SyncStateManager } from './state-manager.ts';

const SIDES = { source: { url: 'a', identity: 'a' }, destination: { url: 'b', identity: 'b' } };
const FILES = { source: 1, destination: 1 };

/** What happened, in order: flushes as they begin and end, and every change of the state's files. */
class World {
  readonly log: string[] = [];
  readonly files = new Map<string, string>();
  nowMs = 0;
  /** What a flush waits for, or fails with. */
  flushing: Promise<void> = Promise.resolve();

  storage(side: Side): Storage {
    const refuse = async (): Promise<never> => {
      throw new Error('a committer only flushes');
    };
    return {
      url: side,
      abilities: { scans: true, mtimeStepMs: 1, modes: true, symlinks: true, folders: true, names: ANY_NAMES },
      identity: refuse,
      list: () => neverListed(),
      stat: refuse,
      download: () => neverListed(),
      upload: refuse,
      delete: refuse,
      flush: async () => {
        this.log.push(`flush ${side}`);
        await this.flushing;
        this.log.push(`flushed ${side}`);
      },
    };
  }

  directory(): StateDirectory {
    const change = (what: string, name: string, text: string | undefined): void => {
      if (text === undefined) this.files.delete(name);
      else this.files.set(name, text);
      this.log.push(`${what} ${name}`);
    };
    return {
      read: (name) => {
        const text = this.files.get(name);
        return text === undefined ? undefined : once(text);
      },
      write: async (name, chunks) => {
        let text = '';
        for await (const chunk of chunks) text += chunk;
        change('write', name, text);
      },
      append: async (name, text) => change('append', name, (this.files.get(name) ?? '') + text),
      remove: async (name) => change('remove', name, undefined),
      setAside: async (name) => name,
    };
  }

  async committer(): Promise<Committer> {
    const state = new SyncStateManager(this.directory());
    await state.open();
    const storages = { source: this.storage('source'), destination: this.storage('destination') };
    return new Committer({ state, storages, sides: SIDES, now: () => this.nowMs });
  }

  /** Paths that a new process would find agreed. */
  async agreed(): Promise<string[]> {
    const state = new SyncStateManager(this.directory());
    await state.open();
    return state.allPaths('source');
  }
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

async function* neverListed(): AsyncGenerator<never> {
  yield* [];
}

function agreement(path: string): { path: string; source: Entry; destination: Entry } {
  const entry: Entry = { path, kind: 'file', size: 1, mtimeMs: 0 };
  return { path, source: entry, destination: entry };
}

/** Lets everything run that can. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await undefined;
}

describe('state never vouches for data that is not on disk', () => {
  it('both sides are flushed before the first word of the state is written', async () => {
    const world = new World();
    const committer = await world.committer();
    committer.note(agreement('a'));
    await committer.finish(FILES);
    const firstWrite = world.log.findIndex((line) => line.startsWith('write'));
    expect(
      world.log
        .slice(0, firstWrite)
        .filter((line) => line.startsWith('flushed'))
        .sort(),
    ).toEqual(['flushed destination', 'flushed source']);
    expect(await world.agreed()).toEqual(['a']);
  });

  it('after a flush in the middle of a run has failed, nothing more is agreed on, although later flushes succeed', async () => {
    const world = new World();
    const committer = await world.committer();
    committer.note(agreement('a'));
    world.flushing = Promise.reject(new SyncError('storage/changed', 'another writer was faster'));
    await expect(committer.flush('destination')).rejects.toThrow('faster');
    world.flushing = Promise.resolve();
    await expect(committer.finish(FILES)).rejects.toThrow('faster');
    expect(world.files.size).toBe(0);
  });

  it('a flush that fails commits nothing', async () => {
    const world = new World();
    const committer = await world.committer();
    committer.note(agreement('a'));
    const failure = new SyncError('storage/no-space', 'the disk is full');
    world.flushing = Promise.reject(failure);
    await expect(committer.finish(FILES)).rejects.toBe(failure);
    expect(await world.agreed()).toEqual([]);
  });

  it('what is noted while a flush runs waits for the next', async () => {
    const world = new World();
    const committer = await world.committer();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.flushing = promise;
    world.nowMs = 60_000;
    committer.note(agreement('early'));
    committer.commitSometimes(FILES);
    await settled();
    committer.note(agreement('late'));
    resolve();
    await settled();
    expect(await world.agreed()).toEqual(['early']);
    await committer.finish(FILES);
    expect(await world.agreed()).toEqual(['early', 'late']);
    expect(world.log.filter((line) => line === 'flush source')).toHaveLength(2);
  });

  it('with nothing new there is nothing to flush', async () => {
    const world = new World();
    const committer = await world.committer();
    committer.commitSometimes(FILES);
    await committer.finish(FILES);
    expect(world.log.filter((line) => line.startsWith('flush'))).toEqual([]);
  });
});

describe('commits during a run', () => {
  it('come when the last one is five seconds ago, and one at a time', async () => {
    const world = new World();
    const committer = await world.committer();
    const commitAt = async (nowMs: number, path: string): Promise<string[]> => {
      world.nowMs = nowMs;
      committer.note(agreement(path));
      committer.commitSometimes(FILES);
      committer.commitSometimes(FILES);
      await settled();
      return world.agreed();
    };
    expect(await commitAt(4999, 'a')).toEqual([]);
    expect(await commitAt(5000, 'b')).toEqual(['a', 'b']);
    expect(await commitAt(9999, 'c')).toEqual(['a', 'b']);
    expect(await commitAt(10_000, 'd')).toEqual(['a', 'b', 'c', 'd']);
    expect(world.log.filter((line) => line.startsWith('append'))).toHaveLength(2);
  });

  it('that fail are told at the end of the run', async () => {
    const world = new World();
    const committer = await world.committer();
    const failure = new SyncError('storage/io', 'the disk is gone');
    world.flushing = Promise.reject(failure);
    world.nowMs = 60_000;
    committer.note(agreement('a'));
    committer.commitSometimes(FILES);
    await settled();
    world.flushing = Promise.resolve();
    await expect(committer.finish(FILES)).rejects.toBe(failure);
  });
});
