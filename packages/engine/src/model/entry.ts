/** What a path can be in a tree. Anything else (FIFO, socket, device) is reported and never synced. */
export type Kind = 'file' | 'folder' | 'symlink';

/** Which of the two storages of a pair. */
export type Side = 'source' | 'destination';

export function otherSide(side: Side): Side {
  return side === 'source' ? 'destination' : 'source';
}

/**
 * One path of one storage as it is now, or as it was when last agreed.
 *
 * `hash` and `target` are *lazy facts*: a listing leaves them out where learning them means opening
 * the file, and the engine asks for them only where the decision needs them.
 */
export interface Entry {
  /** Relative to the root, `/`-separated, no leading slash, exactly as the storage spells it. */
  readonly path: string;
  readonly kind: Kind;
  /** Bytes of content; 0 for folders and symlinks. */
  readonly size: number;
  /** Milliseconds since 1970, rounded to whole microseconds; may be negative. */
  readonly mtimeMs: number;
  /** Permission bits (0–0o7777); undefined where the storage has none. */
  readonly mode?: number | undefined;
  /** Stays with a file or folder when it is renamed and is never reused (inode plus birth time, Drive id). */
  readonly id?: string | undefined;
  /** Opaque; changes whenever content or attributes change (ctime, ETag, revision). */
  readonly version?: string | undefined;
  /** SHA-256 of the content in lower-case hex, or `kind:digest` for another hash kind. */
  readonly hash?: string | undefined;
  /** Where a symlink points, verbatim. */
  readonly target?: string | undefined;
  /** What went into this version, as a version vector (compare/causality.ts), where the storage keeps one. */
  readonly vector?: string | undefined;
}

/** True when a re-listing shows that nothing about the entry moved since `last` (the quick check). */
export function isUntouched(last: Entry, now: Entry): boolean {
  if (last.kind !== now.kind || last.mode !== now.mode || last.id !== now.id) return false;
  if (now.kind === 'folder') return true;
  return last.size === now.size && last.mtimeMs === now.mtimeMs && last.version === now.version;
}
