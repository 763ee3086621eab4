/** Where a mirror is kept between two runs. What is saved replaces what was: after a power cut `load` gives one or the other, whole. */
export interface MirrorStore {
  /** The mirror that was saved last; undefined when there is none. */
  load(): Promise<Uint8Array | undefined>;
  save(bytes: Uint8Array): Promise<void>;
  /** A few bytes that are saved much more often, beside it. */
  loadPosition(): Promise<Uint8Array | undefined>;
  savePosition(bytes: Uint8Array): Promise<void>;
}
