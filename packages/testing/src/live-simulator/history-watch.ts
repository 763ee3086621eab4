import { decodeFrame, decodeRow, METHODS, type Method, type Params, PUSHES, parseCursor, type Row } from '@cloudsync/protocol';
import { count } from '../simulation/tally.ts';
import { LiveFailure } from './live-failure.ts';
import type { LiveTally } from './live-tally.ts';
import type { Tap } from './network.ts';

/** A change that a device was told is done. */
export interface Acknowledged {
  readonly sequence: number;
  readonly id: number;
  readonly device: string;
  readonly path: string;
}

/** What was told up to some moment. */
export interface Told {
  readonly rows: ReadonlyMap<number, string>;
  readonly acknowledged: readonly Acknowledged[];
}

/** Listens to what the server says to anybody, and holds it to it: what was told once stays so, until a backup is restored. */
export class HistoryWatch {
  readonly #tally: LiveTally;
  /** Every row that was told, as text. */
  #rows = new Map<number, string>();
  #acknowledged: Acknowledged[] = [];
  /** The first thing that is wrong; thrown by {@link check}, since nobody may throw inside a delivery. */
  #failure: LiveFailure | undefined;

  constructor(tally: LiveTally) {
    this.#tally = tally;
  }

  /** The tap of one connection. */
  tap(device: string): Tap {
    const asked = new Map<number, { readonly method: string; readonly params: unknown }>();
    let head = 0;
    const moved = (cursor: string, how: 'onward' | 'anywhere'): void => {
      const sequence = parseCursor(cursor)?.sequence ?? -1;
      if (sequence < head || (how === 'onward' && sequence === head))
        this.#fail(new LiveFailure('sequences increase', `${device} was told ${cursor} after ${head}`));
      head = Math.max(head, sequence);
    };
    return (to, bytes) => {
      const frame = decodeFrame(bytes);
      if (to === 'server') {
        if (frame.type === 'request') {
          asked.set(frame.id, frame);
          count(this.#tally.requests, frame.method);
        }
        return;
      }
      if (frame.type === 'push' && frame.name === 'rows') {
        const { rows, cursor } = PUSHES.rows.parse(frame.push);
        this.#see(rows);
        moved(cursor, 'onward');
      }
      if (frame.type !== 'result') return;
      const request = asked.get(frame.id);
      asked.delete(frame.id);
      if (request !== undefined) this.#answered(device, request as { method: Method; params: unknown }, frame.result);
    };
  }

  /** @throws LiveFailure what was found since */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** What devices were told is done. */
  get acknowledged(): readonly Acknowledged[] {
    return this.#acknowledged;
  }

  /** All that was told by now, to be given to {@link restored}. */
  get told(): Told {
    return { rows: new Map(this.#rows), acknowledged: [...this.#acknowledged] };
  }

  /** The server has an older history now: what was told after it need not be true any more. */
  restored({ rows, acknowledged }: Told): void {
    this.#rows = new Map(rows);
    this.#acknowledged = [...acknowledged];
  }

  #answered(device: string, { method, params }: { readonly method: Method; readonly params: unknown }, answer: unknown): void {
    if (method === 'tree' || method === 'changes') this.#see(METHODS[method].result.parse(answer).rows);
    if (method !== 'commit') return;
    const { results } = METHODS.commit.result.parse(answer);
    const { changes } = params as Params<'commit'>;
    for (const [index, result] of results.entries()) {
      if (!('sequence' in result)) continue;
      this.#tally.acknowledged++;
      this.#acknowledged.push({ ...result, device, path: changes[index]?.path ?? '' });
    }
  }

  #see(rows: readonly unknown[]): void {
    for (const each of rows) this.#note(decodeRow(each as readonly unknown[]));
  }

  #note(row: Row): void {
    // What a member does not see is told to him as deleted, whatever it is to others.
    if (row.deleted && row.name === '') return;
    const text = JSON.stringify(row);
    const before = this.#rows.get(row.sequence);
    if (before !== undefined && before !== text)
      this.#fail(new LiveFailure('sequences increase', `${row.sequence} was told as ${before} and then as ${text}`));
    this.#rows.set(row.sequence, text);
  }

  #fail(failure: LiveFailure): void {
    this.#failure ??= failure;
  }
}
