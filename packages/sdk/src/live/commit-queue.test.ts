import type { Params, Result, WireChange } from '@cloudsync/protocol';
import { describe, expect, it } from 'vitest';
import { CommitQueue } from './commit-queue.ts';
import { unreachable } from './wire-error.ts';

type Commit = Omit<Params<'commit'>, 'workspace'>;

const environment = { now: () => 0, random: () => 0.5, sleep: async () => undefined };

/** A server whose answers the test gives when it likes. */
class Server {
  readonly commits: { readonly commit: Commit; readonly answer: PromiseWithResolvers<Result<'commit'>> }[] = [];
  readonly queue = new CommitQueue({
    environment,
    send: (commit) => {
      const answer = Promise.withResolvers<Result<'commit'>>();
      this.commits.push({ commit, answer });
      this.#arrived.resolve();
      return answer.promise;
    },
    reconnected: async () => {
      this.reconnects++;
    },
    identity: () => this.identity,
  });
  reconnects = 0;
  identity = 'one';
  #arrived = Promise.withResolvers<void>();

  async take(): Promise<(typeof this.commits)[number]> {
    while (this.commits.length === 0) {
      await this.#arrived.promise;
      this.#arrived = Promise.withResolvers();
    }
    return this.commits.shift() as (typeof this.commits)[number];
  }
}

function accept({ commit, answer }: Awaited<ReturnType<Server['take']>>): void {
  answer.resolve({ results: commit.changes.map((_, at) => ({ sequence: at + 1, id: at + 1 })), missing: [] });
}

const makeFolder = (path: string): WireChange => ({ path, base: 0, put: { kind: 'folder', size: 0, mtimeMs: 0, chunks: 0 } });
const file = (path: string, id: number): WireChange => ({
  ...{ path, base: 0 },
  put: { kind: 'file', size: 1, mtimeMs: 0, chunks: 1, content: new Uint8Array(32).fill(id), hash: new Uint8Array(32) },
});

describe('CommitQueue', () => {
  it('sends the first change at once, and what comes meanwhile together', async () => {
    const server = new Server();
    const first = server.queue.commit({ change: makeFolder('a') });
    const one = await server.take();
    expect(one.commit.changes.map(({ path }) => path)).toEqual(['a']);
    const later = ['b', 'c', 'd'].map((path) => server.queue.commit({ change: makeFolder(path) }));
    accept(one);
    expect(await first).toEqual({ sequence: 1, id: 1 });
    const two = await server.take();
    expect(two.commit.changes.map(({ path }) => path)).toEqual(['b', 'c', 'd']);
    accept(two);
    expect((await Promise.all(later)).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(two.commit.requestId).not.toBe(one.commit.requestId);
  });

  it('no commit is larger than it may be, and a few full ones go at once', async () => {
    const server = new Server();
    const all = Array.from({ length: 3_500 }, (_, at) => server.queue.commit({ change: makeFolder(`f${at}`) }));
    const large = Array.from({ length: 3 }, (_, at) =>
      server.queue.commit({ change: makeFolder(`large${at}`), inline: [new Uint8Array(600_000)] }),
    );
    const taken = [await server.take(), await server.take(), await server.take(), await server.take()];
    expect(taken.map(({ commit }) => commit.changes.length)).toEqual([1_000, 1_000, 1_000, 502]);
    expect(server.commits).toEqual([]);
    for (const one of taken) accept(one);
    const last = await server.take();
    expect(last.commit.inline.length).toBe(1);
    accept(last);
    await Promise.all([...all, ...large]);
  });

  it('a commit whose answer was lost is sent again with the same id', async () => {
    const server = new Server();
    const done = server.queue.commit({ change: makeFolder('a') });
    const first = await server.take();
    first.answer.reject(unreachable('gone'));
    const again = await server.take();
    expect(again.commit).toEqual(first.commit);
    expect(server.reconnects).toBe(1);
    accept(again);
    expect(await done).toEqual({ sequence: 1, id: 1 });
  });

  it('but not to a server that was put back meanwhile: its numbers mean something else', async () => {
    const server = new Server();
    const done = server.queue.commit({ change: makeFolder('a') });
    done.catch(() => undefined);
    const first = await server.take();
    server.identity = 'another';
    first.answer.reject(unreachable('gone'));
    await expect(done).rejects.toMatchObject({ code: 'storage/unreachable', retryable: true });
    expect(server.commits).toEqual([]);
  });

  it('but not for ever', async () => {
    const server = new Server();
    const done = server.queue.commit({ change: makeFolder('a') });
    done.catch(() => undefined);
    for (let attempt = 0; attempt < 3; attempt++) (await server.take()).answer.reject(unreachable('gone'));
    await expect(done).rejects.toMatchObject({ code: 'storage/unreachable', retryable: true });
  });

  it('each change learns what became of itself', async () => {
    const server = new Server();
    const outcomes = ['a', 'b', 'c'].map((path) => server.queue.commit({ change: makeFolder(path) }).catch((error: unknown) => error));
    const results = [{ sequence: 7, id: 3 }, { conflict: null }, { error: 'server/quota-exceeded', message: 'full' }];
    (await server.take()).answer.resolve({ results, missing: [] });
    expect(await Promise.all(outcomes)).toMatchObject([
      { sequence: 7, id: 3 },
      { code: 'storage/changed', path: 'b' },
      { code: 'server/quota-exceeded', path: 'c' },
    ]);
  });

  it('contents that the server lacks concern their own changes; the others go on', async () => {
    const server = new Server();
    const kept = server.queue.commit({ change: makeFolder('first') });
    const one = await server.take();
    const lost = server.queue.commit({ change: file('lost', 1) }).catch((error: unknown) => error);
    const fine = server.queue.commit({ change: file('fine', 2) });
    accept(one);
    await kept;
    (await server.take()).answer.resolve({ results: [], missing: [new Uint8Array(32).fill(1)] });
    const again = await server.take();
    expect(again.commit.changes.map(({ path }) => path)).toEqual(['fine']);
    accept(again);
    expect(await fine).toEqual({ sequence: 1, id: 1 });
    expect(await lost).toMatchObject({ code: 'content/missing', path: 'lost' });
  });
});
