import { encodeFrame, encodeRow } from '@cloudsync/protocol';
import type { Committed } from '../workspace/committed.ts';

export interface FrameChoice {
  /** Id of the request, for who asked for it. */
  readonly own: string | undefined;
  readonly withInline: boolean;
}

/** A commit on its way to all devices that see it: encoded once, however many they are. */
export class Announcement {
  readonly committed: Committed;
  readonly #frames = new Map<boolean, Uint8Array>();

  constructor(committed: Committed) {
    this.committed = committed;
  }

  /** Id of the workspace. */
  get workspace(): string {
    return this.committed.workspace.id;
  }

  /** Everything that was committed, as one push. */
  frame({ own, withInline }: FrameChoice): Uint8Array {
    if (own !== undefined) return this.#encode({ own, withInline });
    const frame = this.#frames.get(withInline) ?? this.#encode({ own, withInline });
    this.#frames.set(withInline, frame);
    return frame;
  }

  #encode({ own, withInline }: FrameChoice): Uint8Array {
    const { rows, cursor, inline } = this.committed;
    const contents = withInline ? [...inline].map(([content, bytes]) => [Buffer.from(content, 'hex'), bytes] as const) : [];
    const push = { workspace: this.workspace, rows: rows.map(encodeRow), cursor, inline: contents, ...(own === undefined ? {} : { own }) };
    return encodeFrame({ type: 'push', name: 'rows', push });
  }
}
