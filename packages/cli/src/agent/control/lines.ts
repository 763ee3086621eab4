import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { LINE_BYTES_MAX } from './messages.ts';

/** The lines that come over a socket, until either end closes it. One that is too long ends the connection. */
export async function* linesOf(socket: Socket): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const bytes of untilClosed(socket)) {
    const lines = (rest + decoder.write(bytes)).split('\n');
    rest = lines.pop() as string;
    yield* lines;
    if (rest.length > LINE_BYTES_MAX) {
      socket.destroy();
      return;
    }
  }
}

/** A connection that breaks has ended. */
async function* untilClosed(socket: Socket): AsyncGenerator<Buffer> {
  try {
    yield* socket as AsyncIterable<Buffer>;
  } catch (error) {
    if (!CLOSED.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

const CLOSED: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR']);

export function writeLine(socket: Socket, message: object): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** A JSON value, or undefined for what is none. */
export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
