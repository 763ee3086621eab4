import { SyncError } from '@cloudsync/engine';
import { encodeRow, type Row } from '@cloudsync/protocol';
import type { Subject } from '../access/may-do.ts';
import type { ProvenChunks } from '../content/proven-chunks.ts';
import type { Caller } from '../workspace/caller.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Announcement, FrameChoice } from './announcement.ts';
import type { Device } from './device.ts';

/** With more than this on its way, small files' contents are left out of pushes. */
const INLINE_UNTIL_BYTES = 1 << 20;
/** With more than this on its way nothing is pushed any more: the device asks for it when it has caught up. */
const PUSH_UNTIL_BYTES = 8 << 20;
const PUSHED_ROWS_MAX = 1_000;

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
    const { device, caller } = this;
    const { bufferedBytes } = device;
    const own = announcement.committed.origin === this ? announcement.committed.requestId : undefined;
    const withInline = own === undefined && bufferedBytes <= INLINE_UNTIL_BYTES;
    if (bufferedBytes > PUSH_UNTIL_BYTES) this.#fallBehind();
    else if (caller.rights.unrestricted) this.#pushAll(announcement, { own, withInline });
    else this.#pushWhatIsSeen(announcement, { own, withInline });
  }

  #fallBehind(): void {
    this.device.push('behind', { workspace: this.workspace.id, cursor: this.#told as string });
    this.#told = undefined;
  }

  #pushAll(announcement: Announcement, choice: FrameChoice): void {
    const frame = announcement.frame(choice);
    if (frame === undefined) {
      this.#fallBehind();
      return;
    }
    this.device.sendEncoded(frame);
    this.#told = announcement.committed.cursor;
  }

  /** Who does not see everything gets what the journal says for him. */
  #pushWhatIsSeen(announcement: Announcement, { own, withInline }: FrameChoice): void {
    const page = this.#changesSince(this.#told as string);
    if (page === undefined) {
      this.#fallBehind();
      return;
    }
    this.#told = page.cursor;
    if (page.rows.length === 0) return;
    const inline = withInline ? page.rows.flatMap(({ content }) => announcement.contentOf(content)) : [];
    const rows = page.rows.map(encodeRow);
    this.device.push('rows', { workspace: this.workspace.id, rows, cursor: page.cursor, inline, ...(own === undefined ? {} : { own }) });
  }

  /** Undefined when it is more than a push holds, or something came into view of which older rows tell. */
  #changesSince(cursor: string): { readonly rows: readonly Row[]; readonly cursor: string } | undefined {
    try {
      const page = this.workspace.changes(this.caller, { cursor, limit: PUSHED_ROWS_MAX });
      return page.more ? undefined : page;
    } catch (error) {
      if (SyncError.is(error, 'server/cursor-too-old')) return undefined;
      throw error;
    }
  }
}
