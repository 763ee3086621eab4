/** Where a mirror is kept between two runs. */
export interface MirrorStore {
  /** What was saved last; undefined when there is nothing. */
  load(): Promise<Uint8Array | undefined>;
  /** Replaces it: afterwards `load` gives these bytes or, after a power cut, the ones before. */
  save(bytes: Uint8Array): Promise<void>;
}
