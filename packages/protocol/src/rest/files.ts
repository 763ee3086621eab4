import { z } from 'zod';
import { pageQuery, resourceId, timestamp } from './envelope.ts';
import { filePath, folderPath } from './workspaces.ts';

/** Stays with a file or folder through renames; never used again for another. */
export const fileId = z.string().regex(/^[1-9]\d{0,15}$/);
/** Number of the change that made a version; grows with every change in the workspace. */
export const sequence = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
/** Milliseconds since 1970, of the file itself as its device told it; may be negative or have a fraction. */
export const mtimeMs = z.number().min(-8.64e15).max(8.64e15);
/** Permission bits. */
export const mode = z.number().int().min(0).max(0o7777);
const bytes = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const kind = z.enum(['file', 'folder', 'symlink']);

export const file = z
  .object({
    id: fileId,
    path: z.string(),
    name: z.string(),
    kind,
    size: bytes,
    mtimeMs: z.number(),
    mode: z.number().int().nullable(),
    /** SHA-256 of the content in hex; null for folders and symlinks. */
    hash: z.string().nullable(),
    /** Where a symlink points. */
    target: z.string().nullable(),
    /** Sequence of its newest version: what `If-Match` takes, in quotes. */
    version: z.number().int(),
  })
  .meta({ id: 'File' });
export type FileResource = z.infer<typeof file>;

export const ACTIONS_OF_VERSIONS = ['created', 'modified', 'moved', 'deleted', 'restored', 'attributes'] as const;
const versionAction = z.enum(ACTIONS_OF_VERSIONS);

export const fileVersion = z
  .object({
    version: z.number().int(),
    fileId,
    path: z.string(),
    kind,
    action: versionAction,
    size: bytes,
    mtimeMs: z.number(),
    hash: z.string().nullable(),
    at: timestamp,
    userId: z.string().nullable(),
    device: z.string().nullable(),
  })
  .meta({ id: 'FileVersion' });
export type FileVersion = z.infer<typeof fileVersion>;

export const fileListQuery = pageQuery.extend({
  /** The folder to list; the root when left out. */
  path: folderPath.default(''),
});
export const fileLookupQuery = z.object({ path: filePath });

/** Attributes of a file that is written by its bytes. In the query: the body is the content. */
export const fileWriteQuery = z.object({
  path: filePath,
  mtimeMs: z.coerce.number().min(-8.64e15).max(8.64e15).optional(),
  mode: z.coerce.number().int().min(0).max(0o7777).optional(),
});
export const contentWriteQuery = fileWriteQuery.omit({ path: true });

/** A folder or a symlink; files are written by their bytes. Missing parents are made. */
export const newFile = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('folder'), path: filePath, mtimeMs: mtimeMs.optional(), mode: mode.optional() }),
  z.object({
    kind: z.literal('symlink'),
    path: filePath,
    target: z
      .string()
      .min(1)
      .max(4096)
      .refine((target) => !target.includes('\0') && target.isWellFormed(), 'no NUL, whole Unicode'),
    mtimeMs: mtimeMs.optional(),
  }),
]);
/** A new path renames or moves, a whole folder as well. */
export const filePatch = z.object({ path: filePath.optional(), mtimeMs: mtimeMs.optional(), mode: mode.optional() });

export const fileDeleteQuery = z.object({
  /** Without it a folder has to be empty. */
  recursive: z.stringbool().default(false),
});

export const trashedFile = file.extend({ deletedAt: timestamp, deletedBy: z.string().nullable() }).meta({ id: 'TrashedFile' });
export type TrashedFile = z.infer<typeof trashedFile>;
/** Where to; the path it had when left out. */
export const undelete = z.object({ path: filePath.optional() });

/** An upload that goes on after a broken connection: make it, PUT parts at its offset, finish it. */
export const newUpload = z.object({
  path: filePath,
  /** Bytes, when they are known. */
  size: bytes.optional(),
  /** SHA-256 in hex, checked when it is finished. */
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  mtimeMs: mtimeMs.optional(),
  mode: mode.optional(),
  /** Version that it replaces; 0: nothing may be there. Whatever is there when left out. */
  base: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
});
export const upload = z
  .object({ id: resourceId, path: z.string(), offset: bytes, size: bytes.nullable(), expiresAt: timestamp })
  .meta({ id: 'Upload' });
export type Upload = z.infer<typeof upload>;
export const uploadPartQuery = z.object({ offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });

export const activity = z
  .object({
    version: z.number().int(),
    fileId,
    path: z.string(),
    kind,
    action: versionAction,
    size: bytes,
    at: timestamp,
    userId: z.string().nullable(),
    device: z.string().nullable(),
  })
  .meta({ id: 'Activity' });
export type Activity = z.infer<typeof activity>;
