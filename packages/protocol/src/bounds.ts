import { SyncError } from '@cloudsync/engine/model/error';
import { LIMITS } from './limits.ts';

/**
 * Walks over a MessagePack value without making anything of it, and refuses what is too deep, too many, cut off, or no plain data: the codec
 * is given only what passes. https://github.com/msgpack/msgpack/blob/master/spec.md
 * @throws SyncError `server/invalid`, `server/too-large`
 */
export function assertBounds(bytes: Uint8Array): void {
  const walk = new Walk(bytes);
  walk.value(0);
  if (walk.at !== bytes.length) throw malformed('it goes on after its end');
}

class Walk {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #items = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  value(depth: number): void {
    if (++this.#items > LIMITS.itemsMax) throw new SyncError('server/too-large', `a frame has at most ${LIMITS.itemsMax} values`);
    const type = this.#byte();
    const items = this.#arrayLength(type);
    const pairs = this.#mapLength(type);
    if (items === undefined && pairs === undefined) this.#plain(type);
    else if (depth >= LIMITS.depthMax) throw malformed(`it is deeper than ${LIMITS.depthMax}`);
    for (let item = 0; item < (items ?? 0); item++) this.value(depth + 1);
    for (let pair = 0; pair < (pairs ?? 0); pair++) {
      this.#assertKey();
      this.value(depth + 1);
      this.value(depth + 1);
    }
  }

  #plain(type: number): void {
    const length = this.#plainBytes(type);
    this.#skip(length);
    const isText = (type >= 0xa0 && type <= 0xbf) || (type >= 0xd9 && type <= 0xdb);
    if (isText) assertUtf8(this.#bytes.subarray(this.at - length, this.at));
  }

  #arrayLength(type: number): number | undefined {
    if (type >= 0x90 && type <= 0x9f) return type & 0x0f;
    if (type === 0xdc) return this.#uint16();
    return type === 0xdd ? this.#uint32() : undefined;
  }

  #mapLength(type: number): number | undefined {
    if (type >= 0x80 && type <= 0x8f) return type & 0x0f;
    if (type === 0xde) return this.#uint16();
    return type === 0xdf ? this.#uint32() : undefined;
  }

  /** How many bytes follow of a value that holds no others. */
  #plainBytes(type: number): number {
    if (type <= 0x7f || type >= 0xe0) return 0;
    if (type >= 0xa0 && type <= 0xbf) return type & 0x1f;
    switch (type) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return 0;
      case 0xc4: // bin 8
      case 0xd9: // str 8
        return this.#byte();
      case 0xc5: // bin 16
      case 0xda: // str 16
        return this.#uint16();
      case 0xc6: // bin 32
      case 0xdb: // str 32
        return this.#uint32();
      case 0xcc: // uint 8
      case 0xd0: // int 8
        return 1;
      case 0xcd: // uint 16
      case 0xd1: // int 16
        return 2;
      case 0xca: // float 32
      case 0xce: // uint 32
      case 0xd2: // int 32
        return 4;
      case 0xcb: // float 64
        return 8;
      default:
        // Extensions, and integers that a double does not hold.
        throw malformed(`it has a value of type 0x${type.toString(16)}`);
    }
  }

  #assertKey(): void {
    const type = this.#bytes[this.at] ?? 0;
    if (!((type >= 0xa0 && type <= 0xbf) || type === 0xd9)) throw malformed('a key is no short text');
  }

  #skip(count: number): void {
    this.at += count;
    if (this.at > this.#bytes.length) throw malformed('it is cut off');
  }

  #byte(): number {
    this.#skip(1);
    return this.#view.getUint8(this.at - 1);
  }

  #uint16(): number {
    this.#skip(2);
    return this.#view.getUint16(this.at - 2);
  }

  #uint32(): number {
    this.#skip(4);
    return this.#view.getUint32(this.at - 4);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The codec would put U+FFFD in its place, and a name would come out that nobody sent. */
function assertUtf8(bytes: Uint8Array): void {
  if (isAscii(bytes)) return;
  try {
    utf8.decode(bytes);
  } catch {
    throw malformed('a text is not UTF-8');
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x80) return false;
  return true;
}

function malformed(why: string): SyncError {
  return new SyncError('server/invalid', `a frame cannot be understood: ${why}`);
}
