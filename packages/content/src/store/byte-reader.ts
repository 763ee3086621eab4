import { damaged } from '../seal/damaged.ts';

/** Reads big-endian fields one after another, never past the end. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #object: string;
  #at = 0;

  /** `object` names what is read in errors. */
  constructor(bytes: Uint8Array, object: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#object = object;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** @throws SyncError `content/damaged` also when it is not below 2^53 */
  u64(): number {
    const value = this.#bytes.readBigUInt64BE(this.#take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(this.#object, 'a length is impossibly large');
    return Number(value);
  }

  /** A view of the next bytes. */
  bytes(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** @throws SyncError `content/damaged` unless everything was read */
  end(): void {
    if (this.left > 0) throw damaged(this.#object, 'it holds more than it says');
  }

  #take(length: number): number {
    if (length > this.left) throw damaged(this.#object, 'it ends too early');
    this.#at += length;
    return this.#at - length;
  }
}
