import { ContentIngest, type IngestOptions, type IngestResult, type SegmentSink } from '@cloudsync/content';
import type { LocalFile } from '@cloudsync/engine';
import type { ContentNames } from './content-names.ts';

const ID_BYTES = 32;

/** Nothing is new to it, so that nothing is sealed: files are only read, cut and hashed. */
const KEEPS_NOTHING: SegmentSink = {
  claim: (ids) => new Array<boolean>(ids.length / ID_BYTES).fill(false),
  reserve: () => {
    throw new TypeError('nothing is kept here');
  },
  deliver: async () => undefined,
  cancel: () => undefined,
  release: () => undefined,
};

/** Says what chunks files of this machine consist of, and hashes them, with all processor cores. */
export class FileCutter {
  readonly #ingest: ContentIngest;

  constructor(names: ContentNames) {
    this.#ingest = new ContentIngest({ store: KEEPS_NOTHING, ...names });
  }

  /** The answer has the order of the question; a file that fails does not stop the others. */
  cut(files: readonly LocalFile[], options?: IngestOptions): Promise<IngestResult[]> {
    return this.#ingest.putFiles(files, options);
  }

  close(): Promise<void> {
    return this.#ingest.close();
  }
}
