import { encodeRow, LIMITS } from '@cloudsync/protocol';
import type { Subject } from '../access/may-do.ts';
import type { ProvenChunks } from '../content/proven-chunks.ts';
import type { Caller } from '../workspace/caller.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Announcement } from './announcement.ts';
import type { Device } from './device.ts';

/** With more than this on its way, small files' contents are left out of pushes. */
const INLINE_UNTIL_BYTES = 1 << 20;
/** With more than this on its way nothing is pushed any more: the device asks for it when it has caught up. */
const PUSH_UNTIL_BYTES = 8 << 20;

export interface OpenWorkspaceOptions {
  readonly device: Device;
  readonly workspace: Workspace;
  readonly subject: Subject;
  /** Number of user and device. */
  readonly author: number;
  readonly proven: ProvenChunks;
}

/**
 * One workspace that one device follows. It is *live* from the answer on that told it all there was; from then on everything is pushed, until it
 * is too slow for that. Nothing is kept for a slow device: it is told that it is behind, and reads on in the journal.
 */
export class OpenWorkspace {
  readonly workspace: Workspace;
  readonly device: Device;
  readonly subject: Subject;
  /** As the workspace knows him. */
  readonly caller: Caller;
  /** False when the rights of the member have changed: it has to be opened anew. */
  isOpen = true;
  /** Up to where the device was told, while it is live. */
  #told: string | undefined;

  constructor({ device, workspace, subject, author, proven }: OpenWorkspaceOptions) {
    this.workspace = workspace;
    this.device = device;
    this.subject = subject;
    this.caller = { author, rights: subject.rights, origin: this, proven };
  }

  /** Pages of changes; with the last one it is live. */
  changes(cursor: string, limit: number): { rows: unknown[][]; more: boolean; cursor: string } {
    const { workspace, caller } = this;
    const page = workspace.changes(caller, { cursor, limit });
    this.#told = page.more ? undefined : page.cursor;
    return { rows: page.rows.map(encodeRow), more: page.more, cursor: page.cursor };
  }

  /** Something was committed. */
  announce(announcement: Announcement): void {
    if (this.#told === undefined) return;
    const { device, workspace, caller } = this;
    const { bufferedBytes } = device;
    if (bufferedBytes > PUSH_UNTIL_BYTES) {
      device.push('behind', { workspace: workspace.id, cursor: this.#told });
      this.#told = undefined;
      return;
    }
    const own = announcement.committed.origin === this ? announcement.committed.requestId : undefined;
    const withInline = own === undefined && bufferedBytes <= INLINE_UNTIL_BYTES;
    if (caller.rights.unrestricted) {
      device.sendEncoded(announcement.frame({ own, withInline }));
      this.#told = announcement.committed.cursor;
    } else this.#pushWhatIsSeen(announcement, own, withInline);
  }

  /** Who does not see everything gets what the journal says for him. */
  #pushWhatIsSeen({ committed, workspace: id }: Announcement, own: string | undefined, withInline: boolean): void {
    const { device, workspace, caller } = this;
    const { rows, cursor, more } = workspace.changes(caller, { cursor: this.#told as string, limit: LIMITS.pageRowsMax });
    if (more) {
      device.push('behind', { workspace: id, cursor: this.#told as string });
      this.#told = undefined;
      return;
    }
    this.#told = cursor;
    if (rows.length === 0) return;
    const contents = withInline ? rows.flatMap(({ content }) => content ?? []) : [];
    const inline = contents.flatMap((content): [Uint8Array, Uint8Array][] => {
      const bytes = committed.inline.get(content);
      return bytes === undefined ? [] : [[Buffer.from(content, 'hex'), bytes]];
    });
    device.push('rows', { workspace: id, rows: rows.map(encodeRow), cursor, inline, ...(own === undefined ? {} : { own }) });
  }
}
