import type { BlobStore } from '@cloudsync/content';
import { collectGarbage, type GarbageReport } from '../content/collect-garbage.ts';
import { moveInline } from '../content/move-inline.ts';
import type { WorkspaceContent } from '../content/workspace-content.ts';
import type { ServerDatabase } from '../database/server-database.ts';
import type { JournalTable } from '../journal/journal-table.ts';
import { expireVersions } from '../versions/expire-versions.ts';
import { parseSettings } from '../workspace/settings.ts';

/** What maintenance and checks need of a workspace. */
export interface WorkspaceParts {
  readonly database: ServerDatabase;
  /** Its number. */
  readonly workspace: number;
  readonly table: JournalTable;
  readonly content: WorkspaceContent;
  readonly blobs: BlobStore;
}

export interface MaintainOptions {
  readonly nowMs: number;
  readonly turn: () => Promise<void>;
  /** Contents that nobody refers to are kept for so long. Default: a day. */
  readonly keepMs?: number | undefined;
  /** Chunks stay in the database for so long. Default: ten minutes. */
  readonly inlineMs?: number | undefined;
}

export interface MaintenanceReport extends GarbageReport {
  /** Entries of the trash that are gone for good. */
  readonly expired: number;
  /** Chunks that went from the database into packs. */
  readonly moved: number;
}

export const DAY_MS = 24 * 60 * 60_000;
const INLINE_MS = 10 * 60_000;

/** What has to be done with a workspace now and then: retention, garbage, and chunks out of the database. */
export async function maintainWorkspace(
  parts: WorkspaceParts,
  { nowMs, turn, keepMs = DAY_MS, inlineMs = INLINE_MS }: MaintainOptions,
): Promise<MaintenanceReport> {
  const settings = parseSettings(parts.table.state.settings);
  const expired = await expireVersions({ ...parts, settings, nowMs, turn });
  const garbage = await collectGarbage({ ...parts, nowMs, keepMs, turn });
  const moved = await moveInline({ ...parts, beforeMs: nowMs - inlineMs });
  return { expired, ...garbage, moved };
}
