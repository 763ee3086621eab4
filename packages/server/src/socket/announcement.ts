import { SyncError } from '@cloudsync/engine';
import { decodeHex, encodeFrame, encodeRow } from '@cloudsync/protocol';
import type { Committed } from '../workspace/committed.ts';

export interface FrameChoice {
  /** Id of the request, for who asked for it. */
  readonly own: string | undefined;
  readonly withInline: boolean;
}

/** A commit on its way to all devices that see it: encoded once, however many they are. */
export class Announcement {
  readonly committed: Committed;
  readonly #frames = new Map<boolean, Uint8Array | undefined>();

  constructor(committed: Committed) {
    this.committed = committed;
  }

  /** Everything that was committed, as one push; undefined when it is too much for one. */
  frame({ own, withInline }: FrameChoice): Uint8Array | undefined {
    if (own !== undefined) return this.#encode({ own, withInline });
    if (!this.#frames.has(withInline)) this.#frames.set(withInline, this.#encode({ own, withInline }));
    return this.#frames.get(withInline);
  }

  /** The content of a row, with its id, when it came along. */
  contentOf(content: string | undefined): [Uint8Array, Uint8Array][] {
    const bytes = content === undefined ? undefined : this.committed.inline.get(content);
    return content === undefined || bytes === undefined ? [] : [[decodeHex(content), bytes]];
  }

  #encode({ own, withInline }: FrameChoice): Uint8Array | undefined {
    const { rows, cursor, inline: contents, workspace } = this.committed;
    const inline = withInline ? [...contents.keys()].flatMap((content) => this.contentOf(content)) : [];
    const push = { workspace: workspace.id, rows: rows.map(encodeRow), cursor, inline, ...(own === undefined ? {} : { own }) };
    try {
      return encodeFrame({ type: 'push', name: 'rows', push });
    } catch (error) {
      if (!SyncError.is(error, 'server/too-large')) throw error;
      return withInline ? this.#encode({ own, withInline: false }) : undefined;
    }
  }
}
