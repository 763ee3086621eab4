import { z } from 'zod';

/** Largest page that a list gives at once. */
export const PAGE_ITEMS_MAX = 1000;

/** What identifies a user, a key, a workspace, a share …: opaque to clients. */
export const resourceId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .meta({ id: 'ResourceId', description: 'Opaque identifier' });

/** A moment as the API tells it: ISO 8601 in UTC. */
export const timestamp = z.iso.datetime().meta({ id: 'Timestamp', description: 'ISO 8601, UTC' });

/** What people call a workspace, a key, a device: one line without control characters. */
export const displayName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'no control characters');

/** How a list is asked for. `cursor` is what the page before gave; it is opaque. */
export const pageQuery = z.object({
  cursor: z.string().min(1).max(1024).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_ITEMS_MAX).default(100),
});

/** `{ data }`: every answer that is one thing. */
export function dataOf<T extends z.ZodType>(schema: T) {
  return z.object({ data: schema });
}

/** `{ data, pagination }`: every answer that is a list. `cursor` is null on the last page. */
export function pageOf<T extends z.ZodType>(schema: T) {
  return z.object({
    data: z.array(schema),
    pagination: z.object({ cursor: z.string().nullable(), hasMore: z.boolean() }),
  });
}

/** `{ error }`: every answer with a status of 400 or more. `code` is stable; `message` is for people. */
export const errorBody = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      /** Whatever helps a program: the path, the fields that are wrong, seconds to wait. */
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .meta({ id: 'Error' });

export type ErrorBody = z.infer<typeof errorBody>;
export interface Page<T> {
  readonly data: T[];
  readonly pagination: { readonly cursor: string | null; readonly hasMore: boolean };
}
