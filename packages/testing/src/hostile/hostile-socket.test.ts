import { createHash } from 'node:crypto';
import { encodeFrame, type Frame, LIMITS, METHODS } from '@cloudsync/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deepBytes, MALFORMED, NASTY_PATHS, NASTY_VALUES, nested, spoiled, wideBytes } from './nasty-values.ts';
import { makePremises, ownersKey, type Premises } from './premises.ts';
import { RawSocket, type Reply } from './raw-socket.ts';
import { Victim } from './victim.ts';

const RUNS = 150;
/** What a server may need beyond what it had: the largest frames, read by several connections, and the collector's leisure. */
const GROWTH_MAX_BYTES = 256 * 2 ** 20;

let victim: Victim;
let premises: Premises;
let socket: RawSocket;

beforeAll(async () => {
  victim = await Victim.start();
  premises = await makePremises(victim);
  socket = await RawSocket.open(victim.url, premises.editor.key);
});

afterAll(async () => {
  await victim.stop();
});

const id32 = new Uint8Array(32).fill(7);
const refs = new Uint8Array(72);

/** An honest request of every kind, to be spoiled. */
function honest(): Record<string, Record<string, unknown>> {
  const { workspace } = premises;
  const put = { kind: 'file', size: 3, mtimeMs: 0, mode: 0o644, hash: id32, content: id32, chunks: 1 };
  const cursor = `${'0'.repeat(16)}:1:${'0'.repeat(16)}`;
  return {
    hello: { protocols: [1], key: premises.editor.key, device: { id: 'd', name: 'n' } },
    workspaces: {},
    open: { workspace, cursor },
    close: { workspace },
    tree: { workspace, after: 0, until: 5, limit: 10 },
    changes: { workspace, cursor, limit: 10 },
    declare: { workspace, recipes: [{ content: id32, chunks: 2, first: 0, refs }] },
    missing: { workspace, ids: [id32] },
    putChunks: { workspace, chunks: [new Uint8Array([1, 2, 3])] },
    getChunks: { workspace, asks: [{ sequence: 1, ranges: [0, 1] }] },
    recipe: { workspace, sequence: 1, first: 0, limit: 10 },
    commit: {
      workspace,
      requestId: 'r',
      atomic: false,
      changes: [
        { path: 'a', base: 0, put },
        { path: 'b', base: 0, from: 'a', fromBase: 1 },
        { path: 'c', base: 1, delete: true },
        { path: 'd', base: 1, attributes: { mtimeMs: 1, mode: 1 } },
      ],
      inline: [new Uint8Array([1, 2, 3])],
    },
    versions: { workspace, path: 'ours.txt' },
    trash: { workspace, before: 5, limit: 10 },
    restore: { workspace, requestId: 'r', sequence: 1, path: 'x' },
    purge: { workspace, entries: [1] },
    done: { workspace, cursor },
    stats: { workspace },
  };
}

/** The server lives, and serves whoever behaves; whom it hung up on it takes back. */
async function assertServes(): Promise<void> {
  if (victim.exited !== undefined) throw new Error(`the server ended: ${victim.exited}`);
  const ask = (): Promise<Reply> => socket.request('open', { workspace: premises.workspace });
  let reply = await ask();
  if (reply.type === 'closed') {
    socket = await RawSocket.open(victim.url, premises.editor.key);
    reply = await ask();
  }
  expect(reply).toMatchObject({ type: 'result' });
}

function assertNoFault(reply: Reply): void {
  if (reply.type === 'error') expect(reply.code, reply.message).not.toBe('server/internal');
}

describe('a socket among hostile clients', () => {
  it('knows an honest request of every kind', () => {
    expect(Object.keys(honest()).sort()).toEqual(Object.keys(METHODS).sort());
  });

  it('answers honest requests with one part spoiled, or hangs up, and is none the worse for it', async () => {
    const method = fc.constantFrom(...Object.keys(METHODS));
    const steps = fc.array(fc.nat(20), { maxLength: 6 });
    const nasty = fc.oneof(
      fc.constantFrom(...NASTY_VALUES, ...NASTY_PATHS),
      fc.record({ depth: fc.integer({ min: 1, max: 300 }) }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.uint8Array({ maxLength: 64 }),
      fc.integer(),
      fc.double(),
    );
    // Made here: a failure could not print it.
    const made = (value: unknown): unknown => (isDepth(value) ? nested(value.depth) : value);
    await fc.assert(
      fc.asyncProperty(method, steps, nasty, async (name, way, value) => {
        assertNoFault(await socket.request(name, spoiled(honest()[name], way, made(value))));
        await assertServes();
      }),
      { numRuns: RUNS * 3 },
    );
  });

  it('lives through frames with bytes changed, cut off and put in', async () => {
    const edit = fc.record({ at: fc.nat(), byte: fc.nat(255), how: fc.constantFrom('change', 'cut', 'insert', 'repeat') });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(METHODS)), fc.array(edit, { minLength: 1, maxLength: 4 }), async (name, edits) => {
        const frame = encodeFrame({ type: 'request', id: 1, method: name, params: honest()[name] } as Frame);
        socket.send(edits.reduce(edited, frame));
        await assertServes();
        expect(socket.codes).not.toContain('server/internal');
      }),
      { numRuns: RUNS },
    );
  });

  it('lives through bytes that are no frame at all', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(...MALFORMED),
      fc.integer({ min: 1, max: 100_000 }).map(deepBytes),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (frame) => {
        socket.send(frame);
        await assertServes();
      }),
      { numRuns: RUNS },
    );
  });

  it('hangs up on frames that are too long, too deep and too wide, without holding them in memory', async () => {
    const before = await victim.rssBytes();
    for (const frame of [
      new Uint8Array(LIMITS.frameBytesMax + 1),
      deepBytes(LIMITS.frameBytesMax),
      wideBytes(LIMITS.itemsMax + 1),
      wideBytes(LIMITS.frameBytesMax - 5),
    ])
      for (let times = 0; times < 5; times++) {
        const one = await RawSocket.open(victim.url, premises.editor.key);
        one.send(frame);
        const reply = await one.request('stats', { workspace: premises.workspace });
        expect(reply.type).toBe('closed');
      }
    await assertServes();
    expect((await victim.rssBytes()) - before).toBeLessThan(GROWTH_MAX_BYTES);
  });

  it('answers nobody who has not said who he is', async () => {
    for (const name of Object.keys(METHODS).filter((each) => each !== 'hello')) {
      const one = await RawSocket.dial(victim.url);
      const reply = await one.request(name, honest()[name]);
      expect(reply.type, name).not.toBe('result');
      await one.close();
    }
    for (const key of ['', 'cs_', `cs_${'A'.repeat(43)}`, 'x'.repeat(128), "' or 1=1 --"]) {
      const one = await RawSocket.dial(victim.url);
      const reply = await one.request('hello', { protocols: [1], key, device: { id: 'd', name: 'n' } });
      expect(reply.type, key).not.toBe('result');
      await one.close();
    }
    await assertServes();
  });

  it('takes no path that leads out of the workspace or cannot be', async () => {
    const { workspace } = premises;
    // A backslash is a name like any other to a server.
    for (const path of NASTY_PATHS.filter((each) => !each.includes('\\')))
      for (const change of [
        { path, base: 0, put: { kind: 'folder', size: 0, mtimeMs: 0, chunks: 0 } },
        { path: 'moved', base: 0, from: path, fromBase: 1 },
        { path, base: 0, from: 'ours.txt', fromBase: premises.file.version },
        { path, base: 1, delete: true },
      ]) {
        const reply = await socket.request('commit', { workspace, requestId: 'paths', atomic: false, changes: [change], inline: [] });
        assertNoFault(reply);
        if (reply.type === 'result') expect(reply.result, path).not.toMatchObject({ results: [{ sequence: expect.any(Number) }] });
        if (reply.type === 'closed') await assertServes();
      }
    await assertServes();
  });

  it('gives nothing of another workspace away', async () => {
    const { foreign, foreignFile, workspace } = premises;
    for (const [name, params] of Object.entries(honest())) {
      if (!('workspace' in params)) continue;
      const reply = await socket.request(name, { ...params, workspace: foreign });
      expect(reply, name).toMatchObject({ type: 'error' });
      const unknown = await socket.request(name, { ...params, workspace: 'wsp_unknown' });
      // Whether there is one is not told either.
      expect(reply.type === 'error' && reply.code, name).toBe(unknown.type === 'error' && unknown.code);
    }
    // Sequences of there mean nothing here, and contents are asked for by sequences.
    const reply = await socket.request('getChunks', { workspace, asks: [{ sequence: foreignFile.version + 1_000 }] });
    if (reply.type === 'result') expect(reply.result).toEqual({ chunks: [null] });
  });

  it('lets a viewer read and nothing else', async () => {
    const viewer = await RawSocket.open(victim.url, premises.viewer.key);
    const { workspace } = premises;
    const opened = await viewer.request('open', { workspace });
    expect(opened.type).toBe('result');
    const put = { kind: 'folder', size: 0, mtimeMs: 0, chunks: 0 };
    const reply = await viewer.request('commit', {
      workspace,
      requestId: 'v',
      atomic: false,
      changes: [{ path: 'v', base: 0, put }],
      inline: [],
    });
    expect(JSON.stringify(reply)).toContain('server/forbidden');
    for (const [name, params] of [
      ['restore', { workspace, requestId: 'v2', sequence: premises.file.version }],
      ['purge', { workspace, entries: [1] }],
    ] as const) {
      const refused = await viewer.request(name, params);
      expect(JSON.stringify(refused), name).toContain('server/forbidden');
    }
    await viewer.close();
  });

  it('refuses contents that nobody has, sizes that do not add up and chunks that are not what they are called', async () => {
    const { workspace } = premises;
    const bytes = new TextEncoder().encode('three chunks of nothing');
    const hash = new Uint8Array(createHash('sha256').update(bytes).digest());
    const commit = (put: object, inline: Uint8Array[] = []): Promise<Reply> =>
      socket.request('commit', {
        workspace,
        requestId: JSON.stringify(put).slice(0, 60),
        atomic: false,
        changes: [{ path: 'invented', base: 0, put: { kind: 'file', mtimeMs: 0, hash, ...put } }],
        inline,
      });
    for (const [put, inline] of [
      [{ size: bytes.length, content: id32, chunks: 1 }, []],
      [{ size: bytes.length, content: id32, chunks: 1 }, [bytes]],
      [{ size: 2 ** 50, content: id32, chunks: 2 ** 27 }, []],
      [{ size: 5, chunks: 0 }, []],
      [{ size: 5, content: id32, chunks: 0 }, []],
      [{ size: bytes.length, content: hash, chunks: 1 }, [bytes]],
    ] as const) {
      const reply = await commit(put, [...inline]);
      assertNoFault(reply);
      if (reply.type === 'result') expect(reply.result).not.toMatchObject({ results: [{ sequence: expect.any(Number) }] });
    }
    await assertServes();
  });

  it('closes the connection of a key that is revoked, and takes no expired one', async () => {
    const short = await ownersKey(victim, {});
    const one = await RawSocket.open(victim.url, short.key);
    expect((await one.request('workspaces', {})).type).toBe('result');
    const closed = one.request('changes', { workspace: 'wsp_nothing', cursor: 'x', limit: 1 });
    await closed;
    await victim.ask(`/api-keys/${short.id}`, { method: 'DELETE' });
    const reply = await one.request('workspaces', {});
    expect(reply.type).not.toBe('result');
    await expect(RawSocket.open(victim.url, short.key)).rejects.toThrow(/hello was answered|no connection/);
    const expired = await victim.rest('/api-keys', {
      method: 'POST',
      body: JSON.stringify({ name: 'old', expiresAt: '2001-01-01T00:00:00Z' }),
      headers: { 'content-type': 'application/json' },
    });
    if (expired.ok) {
      const { data } = (await expired.json()) as { data: { key: string } };
      await expect(RawSocket.open(victim.url, data.key)).rejects.toThrow(/hello was answered|no connection/);
    } else expect(expired.status).toBe(400);
  });
});

function isDepth(value: unknown): value is { readonly depth: number } {
  return typeof value === 'object' && value !== null && 'depth' in value;
}

function edited(bytes: Uint8Array, { at, byte, how }: { at: number; byte: number; how: string }): Uint8Array {
  const place = bytes.length === 0 ? 0 : at % bytes.length;
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  if (how === 'cut') return before;
  if (how === 'insert') return Uint8Array.from([...before, byte, ...after]);
  if (how === 'repeat') return Uint8Array.from([...bytes, ...after]);
  return Uint8Array.from([...before, byte, ...after.subarray(1)]);
}
