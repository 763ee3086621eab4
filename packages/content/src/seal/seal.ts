/** How stored objects are protected (docs/formats/content.md, "Sealing"). A plain value: it travels to worker threads. */
export interface SealKeys {
  readonly suite: SealSuite;
  /** 32 bytes each. Objects say which epoch sealed them; new ones use the highest. */
  readonly epochs: readonly { readonly epoch: number; readonly key: Uint8Array }[];
}

export type SealSuite = 'none' | 'aes-256-gcm' | 'xchacha20-poly1305';

/** What an object is; part of its key, so that an object of one kind never opens as another. */
export type ObjectKind = 'pack' | 'index' | 'commit' | 'replica';

/** Seals the pieces of one object, each number once. */
export interface ObjectSealer {
  /** 40 bytes: magic, suite, epoch, salt. */
  readonly header: Uint8Array;
  /** 32 random bytes, new for every object. */
  readonly salt: Uint8Array;
  seal(piece: number, plain: Uint8Array): Uint8Array;
}

export interface ObjectOpener {
  readonly salt: Uint8Array;
  /** @throws SyncError `content/damaged` naming the object */
  open(piece: number, sealed: Uint8Array): Uint8Array;
}

/** Bytes that every sealed piece is longer than its plain text. */
export const TAG_BYTES = 16;
export const HEADER_BYTES = 40;
/** The piece number of a pack's directory. */
export const DIRECTORY_PIECE = 2 ** 32 - 1;
