import { SyncError } from '@cloudsync/engine';
import { type WorkspaceSettings, workspaceSettings } from '@cloudsync/protocol/rest/workspaces';
import type { Quota } from '../journal/draft.ts';

/** Of a workspace that nobody has set anything for. */
export const DEFAULT_SETTINGS: WorkspaceSettings = {
  versionHistory: true,
  maxVersions: 100,
  retentionDays: 180,
  quotaBytes: null,
  quotaFiles: null,
};

/** @throws SyncError `server/damaged` */
export function parseSettings(json: string): WorkspaceSettings {
  const { data } = workspaceSettings.safeParse(JSON.parse(json));
  if (data === undefined) throw new SyncError('server/damaged', 'the settings of a workspace are damaged; set them anew');
  return data;
}

export function quotaOf({ quotaBytes, quotaFiles }: WorkspaceSettings): Quota {
  return { bytes: quotaBytes, files: quotaFiles };
}
