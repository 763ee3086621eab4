/**
 * A place for the few files of one pair's state. The engine decides what is in them; this only reads and writes them.
 * Names are plain file names. Implementations: a folder on disk (@cloudsync/storages), memory (@cloudsync/testing).
 */
export interface StateDirectory {
  /** The text in chunks of any size, or undefined when there is no such file. */
  read(name: string): AsyncIterable<string> | undefined;
  /** For looking something up in a sorted file; undefined when there is no such file. Without it, files are read whole. */
  open?(name: string): Promise<StateFile | undefined>;
  /**
   * Something that is another whenever the file is, whoever changed it; undefined when there is no such file. Without it, everything
   * is read anew for every run.
   */
  stamp?(name: string): string | undefined;
  /** Replaces the file as a whole; when it returns, the new content is durable (unless `durable` is false). */
  write(name: string, chunks: Iterable<string> | AsyncIterable<string>, options?: { readonly durable?: boolean }): Promise<void>;
  /** Adds at the end; durable when it returns. */
  append(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Renames a file that cannot be used to `<name>.<reason>-<n>`, so that nothing is thrown away. @returns the new name */
  setAside(name: string, reason: string): Promise<string>;
}

/** A file that is read in parts; it stays what it was when it is replaced meanwhile. */
export interface StateFile {
  /** Bytes. */
  readonly size: number;
  /** @returns fewer bytes only at the end of the file */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
