import { z } from 'zod';
import { resourceId, timestamp } from './envelope.ts';

/** Who did what to whom: everything but file changes, which are in the activity. */
export const auditEntry = z
  .object({
    id: z.number().int(),
    at: timestamp,
    /** `member.added`, `key.revoked`, `share.created`, … */
    action: z.string(),
    userId: resourceId.nullable(),
    keyId: resourceId.nullable(),
    workspaceId: resourceId.nullable(),
    /** What it was done to. */
    target: z.string().nullable(),
    address: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntry>;
