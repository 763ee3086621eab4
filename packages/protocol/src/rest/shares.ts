import { z } from 'zod';
import { pageQuery, resourceId, timestamp } from './envelope.ts';
import { fileId } from './files.ts';
import { folderPath } from './workspaces.ts';

const password = z.string().min(1).max(256);
const downloads = z.number().int().min(1).max(1_000_000_000);
export const shareMode = z.enum(['view', 'edit']);

export const share = z
  .object({
    id: resourceId,
    fileId,
    /** Where the shared file or folder is now. */
    path: z.string().nullable(),
    mode: shareMode,
    hasPassword: z.boolean(),
    expiresAt: timestamp.nullable(),
    maxDownloads: downloads.nullable(),
    downloads: z.number().int(),
    createdBy: resourceId,
    createdAt: timestamp,
  })
  .meta({ id: 'Share' });
export type Share = z.infer<typeof share>;

export const newShare = z.object({
  fileId,
  mode: shareMode.default('view'),
  password: password.optional(),
  expiresAt: timestamp.optional(),
  maxDownloads: downloads.optional(),
});
/** `null` takes a limit away. */
export const sharePatch = z.object({
  mode: shareMode.optional(),
  password: password.nullable().optional(),
  expiresAt: timestamp.nullable().optional(),
  maxDownloads: downloads.nullable().optional(),
});
/** The only answers that hold `url`: the server keeps a hash of the secret in it. */
export const createdShare = share.extend({ url: z.string() }).meta({ id: 'CreatedShare' });
export type CreatedShare = z.infer<typeof createdShare>;

export const sharedItem = z
  .object({ path: z.string(), name: z.string(), kind: z.enum(['file', 'folder', 'symlink']), size: z.number().int(), mtimeMs: z.number() })
  .meta({ id: 'SharedItem' });
export type SharedItem = z.infer<typeof sharedItem>;
/** Which part of a shared folder; '' is the shared thing itself. */
export const sharedQuery = z.object({ path: folderPath.default('') });
export const sharedListQuery = pageQuery.extend(sharedQuery.shape);
