import { type Environment, realEnvironment } from '@cloudsync/engine';
import { type Channel, decodeFrame, encodeFrame, encodeRow, type Frame, type Row } from '@cloudsync/protocol';
import { unreachable } from './wire-error.ts';

type Request = Extract<Frame, { type: 'request' }>;
type Answer = (request: Request, line: Line) => unknown;

/** Time that passes as fast as it can. */
export const hasty: Environment = {
  ...realEnvironment,
  sleep: (ms, signal) => realEnvironment.sleep(Math.min(ms, ms > 5_000 ? ms : 1), signal),
};

export const EPOCH = '00000000000000aa';
export const cursorAt = (sequence: number): string => `${EPOCH}:${sequence}:0`;

const scheme = { minimum: 16_384, average: 65_536, maximum: 262_144, chunkerKey: new Uint8Array(32), idKey: new Uint8Array(32) };

/** One connection, as the server has it. */
export class Line implements Channel {
  onFrame: Channel['onFrame'] = () => undefined;
  onClose: Channel['onClose'] = () => undefined;
  readonly bufferedBytes = 0;
  readonly asked: Request[] = [];
  #isOpen = true;
  readonly #answer: Answer;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  send(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame.type === 'ping') this.say({ type: 'pong' });
    if (frame.type !== 'request') return;
    this.asked.push(frame);
    const result = this.#answer(frame, this);
    if (result instanceof Error)
      this.say({ type: 'error', id: frame.id, code: (result as Error & { code: string }).code, message: result.message });
    else if (result !== undefined) this.say({ type: 'result', id: frame.id, result });
  }

  /** Something from the server. */
  say(frame: Frame): void {
    queueMicrotask(() => {
      if (this.#isOpen) this.onFrame(encodeFrame(frame));
    });
  }

  async drained(): Promise<void> {}
  pause(): void {}
  resume(): void {}

  close(reason = ''): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.onClose(reason);
  }
}

/** A server that says what a test wants it to. Without that it has an empty workspace and answers everything that a start asks. */
export class ScriptedServer {
  readonly lines: Line[] = [];
  /** Methods that are answered in another way than usual; undefined: not at all. */
  readonly answers = new Map<string, Answer>();
  /** No connection can be made. */
  isAway = false;
  head = 0;

  readonly dial = async (): Promise<Channel> => {
    if (this.isAway) throw unreachable('nobody listens');
    const line = new Line((request, on) => (this.answers.get(request.method) ?? this.#usual)(request, on));
    this.lines.push(line);
    return line;
  };

  get line(): Line {
    return this.lines.at(-1) as Line;
  }

  push(rows: readonly Row[], more: { readonly own?: string } = {}): void {
    const cursor = cursorAt(rows.at(-1)?.sequence ?? 0);
    this.line.say({ type: 'push', name: 'rows', push: { workspace: 'ws', rows: rows.map(encodeRow), cursor, inline: [], ...more } });
  }

  /** An answer to `open`. */
  opened(more: object): object {
    return { workspace: 'ws', name: 'docs', role: 'owner', view: 0, epoch: EPOCH, cursor: cursorAt(this.head), scheme, ...more };
  }

  readonly #usual: Answer = ({ method, params }) => {
    const { cursor } = params as { cursor?: string };
    switch (method) {
      case 'hello':
        return { protocol: 1, server: 'test', user: { id: 'u', name: 'u' } };
      case 'open':
        return this.opened({ resume: cursor === undefined ? 'list' : 'changes' });
      case 'tree':
        return { rows: [], more: false, after: 0, until: this.head, cursor: cursorAt(this.head) };
      case 'changes':
        return { rows: [], more: false, cursor };
      case 'stats':
        return { files: 0, folders: 0, bytes: 0, quotaBytes: -1, quotaFiles: -1 };
      default:
        return undefined;
    }
  };
}

export function folderRow(sequence: number, name: string, id = sequence): Row {
  return {
    ...{ sequence, id, parent: 0, name, kind: 'folder', size: 0, mtimeMs: 0, mode: 0o755, hash: undefined, target: undefined },
    ...{ content: undefined, chunks: 0, deleted: false, atMs: 0, author: 1, action: 'created' },
  };
}
