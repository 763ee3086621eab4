import { isSafePath } from '@cloudsync/engine/model/path';
import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { displayName, resourceId, timestamp } from './envelope.ts';

/** Each may do what those before it may. */
export const ROLES = ['viewer', 'editor', 'admin', 'owner'] as const;
export const role = z.enum(ROLES).meta({ id: 'Role' });
export type Role = z.infer<typeof role>;

/** What a path rule gives. `write` includes `read`. */
export const LEVELS = ['none', 'read', 'write'] as const;
export const level = z.enum(LEVELS);
export type Level = z.infer<typeof level>;

/** Path inside a workspace: `/`-separated, no leading slash, no `.` or `..`, whole Unicode, within {@link LIMITS}. */
export const filePath = z
  .string()
  .min(1)
  .max(LIMITS.pathMax)
  .refine((path) => isSafePath(path) && path.isWellFormed(), 'a path inside the workspace: no leading slash, no empty, . or .. part')
  .refine((path) => path.split('/').length <= LIMITS.pathDepthMax, `at most ${LIMITS.pathDepthMax} folders deep`)
  .refine((path) => path.split('/').every(isShort), `names of at most ${LIMITS.nameBytesMax} bytes`);

const utf8 = new TextEncoder();
function isShort(name: string): boolean {
  return name.length * 3 <= LIMITS.nameBytesMax || utf8.encode(name).length <= LIMITS.nameBytesMax;
}

/** A path or '' for the root. */
export const folderPath = z.union([z.literal(''), filePath]);

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** How long old versions and deleted files are kept, and how much a workspace may hold. `null`: no limit. */
export const workspaceSettings = z
  .object({
    /** False: only the newest version is kept. */
    versionHistory: z.boolean(),
    /** Versions kept of each file, the newest included. */
    maxVersions: count.min(1).nullable(),
    /** Days that versions which are not the newest, and deleted files, are kept. */
    retentionDays: count.max(36_500).nullable(),
    /** Bytes of the files that are there now. */
    quotaBytes: count.nullable(),
    quotaFiles: count.nullable(),
  })
  .meta({ id: 'WorkspaceSettings' });
export type WorkspaceSettings = z.infer<typeof workspaceSettings>;
const { versionHistory, maxVersions, retentionDays, quotaBytes, quotaFiles } = workspaceSettings.shape;
export const workspaceSettingsPatch = z.object({
  versionHistory: versionHistory.exactOptional(),
  maxVersions: maxVersions.exactOptional(),
  retentionDays: retentionDays.exactOptional(),
  quotaBytes: quotaBytes.exactOptional(),
  quotaFiles: quotaFiles.exactOptional(),
});

export const workspace = z
  .object({
    id: resourceId,
    name: displayName,
    /** Of the user who asks. */
    role,
    createdAt: timestamp,
    /** Number of the last change. */
    sequence: count,
    usage: z.object({ bytes: count, files: count }),
  })
  .meta({ id: 'Workspace' });
export type WorkspaceResource = z.infer<typeof workspace>;

export const newWorkspace = z.object({ name: displayName, settings: workspaceSettingsPatch.optional() });
export const workspacePatch = z.object({ name: displayName });

export const member = z
  .object({ userId: resourceId, name: displayName, email: z.string().nullable(), role, addedAt: timestamp })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof member>;
/** By id, or by the e-mail address under which the user is known to the server. */
export const newMember = z
  .object({ userId: resourceId.optional(), email: z.email().max(320).optional(), role })
  .refine((body) => (body.userId === undefined) !== (body.email === undefined), 'give either userId or email');
export const memberPatch = z.object({ role });

/** Whom a path rule is for: one user, or everybody who is a viewer or editor. */
export const ruleSubject = z.union([z.literal('*'), resourceId]);
export const permission = z.object({ path: folderPath, user: ruleSubject, level }).meta({ id: 'Permission' });
export type Permission = z.infer<typeof permission>;
export const permissionKey = z.object({ path: folderPath, user: ruleSubject });
