import { hash } from 'node:crypto';

/** SHA-256 in lower-case hex, as `Entry.hash` holds it. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** A stream of the bytes in pieces, as a storage would deliver them. */
export async function* streamOf(bytes: Uint8Array, pieceBytes = 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(Uint8Array.from(piece));
  return join(pieces);
}

export function join(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const utf8 = new TextEncoder();
const text = new TextDecoder();

export function bytesOf(string: string): Uint8Array {
  return utf8.encode(string);
}

export function textOf(bytes: Uint8Array): string {
  return text.decode(bytes);
}
