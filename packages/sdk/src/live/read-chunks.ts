import { SyncError } from '@cloudsync/engine';
import type { Params, Result } from '@cloudsync/protocol';

/** Neighbouring chunks of one version of a file. */
export interface ChunkRun {
  /** Of the version. */
  readonly sequence: number;
  /** Number of the first chunk. */
  readonly first: number;
  readonly count: number;
  /** Bytes of all of them together, or about. */
  readonly bytes: number;
}

export type GetChunks = (params: Omit<Params<'getChunks'>, 'workspace'>) => Promise<Result<'getChunks'>>;

export interface ReadChunksOptions {
  readonly getChunks: GetChunks;
  readonly signal?: AbortSignal | undefined;
}

/** About so many bytes are asked for at once. */
const WINDOW_BYTES = 2 << 20;
const WINDOW_RUNS = 1000;
/** So many questions are on their way. */
const WINDOWS_AHEAD = 3;

/**
 * The chunks of runs, in order. While some are used, the next ones are on their way.
 * @throws SyncError `storage/changed` when a version is not kept any more, `sync/cancelled`
 */
export async function* readChunks(runs: Iterable<ChunkRun>, { getChunks, signal }: ReadChunksOptions): AsyncGenerator<Uint8Array> {
  const windows = inWindows(runs);
  const ahead: Promise<Uint8Array[]>[] = [];
  const askMore = (): void => {
    const next = ahead.length < WINDOWS_AHEAD ? windows.next() : undefined;
    if (next === undefined || next.done === true) return;
    const answer = readWindow(next.value, getChunks);
    // It is awaited in its turn; a reader that stops before must not leave it unhandled.
    answer.catch(() => undefined);
    ahead.push(answer);
    askMore();
  };
  for (askMore(); ahead.length > 0; askMore()) {
    if (signal?.aborted) throw new SyncError('sync/cancelled', 'the sync was cancelled; run it again to go on', { cause: signal.reason });
    yield* await (ahead.shift() as Promise<Uint8Array[]>);
  }
}

async function readWindow(runs: readonly ChunkRun[], getChunks: GetChunks): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let rest = runs;
  while (rest.length > 0) {
    const answer = await getChunks({ asks: rest.map(({ sequence, first, count }) => ({ sequence, ranges: [first, count] })) });
    for (const chunk of answer.chunks) {
      if (chunk === null) throw new SyncError('storage/changed', 'a version is not there any more; it is looked at again in the next run');
      chunks.push(chunk);
    }
    if (answer.chunks.length === 0) throw new SyncError('server/invalid', 'the server answered with nothing; run again');
    rest = without(rest, answer.chunks.length);
  }
  return chunks;
}

/** The runs without their first chunks: an answer holds as many as fit. */
function without(runs: readonly ChunkRun[], done: number): ChunkRun[] {
  let left = done;
  return runs.flatMap((run) => {
    const skipped = Math.min(left, run.count);
    left -= skipped;
    return skipped === run.count ? [] : [{ ...run, first: run.first + skipped, count: run.count - skipped }];
  });
}

function* inWindows(runs: Iterable<ChunkRun>): Generator<ChunkRun[]> {
  let window: ChunkRun[] = [];
  let bytes = 0;
  for (const run of runs) {
    for (const part of partsOf(run)) {
      if (window.length === WINDOW_RUNS || (window.length > 0 && bytes + part.bytes > WINDOW_BYTES)) {
        yield window;
        window = [];
        bytes = 0;
      }
      window.push(part);
      bytes += part.bytes;
    }
  }
  if (window.length > 0) yield window;
}

function* partsOf(run: ChunkRun): Generator<ChunkRun> {
  const { sequence, first, count, bytes } = run;
  const perPart = Math.max(1, Math.floor((WINDOW_BYTES * count) / Math.max(bytes, 1)));
  for (let at = 0; at < count; at += perPart) {
    const size = Math.min(perPart, count - at);
    yield { sequence, first: first + at, count: size, bytes: (bytes * size) / count };
  }
}
