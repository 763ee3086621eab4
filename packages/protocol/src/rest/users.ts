import { z } from 'zod';
import { displayName, resourceId, timestamp } from './envelope.ts';

/** What a key may be used for, whatever its user may do. `write` does not include `read`. */
export const SCOPES = ['files:read', 'files:write', 'workspaces:read', 'workspaces:write', 'users:read', 'users:write'] as const;
export const scope = z.enum(SCOPES).meta({ id: 'Scope' });
export type Scope = z.infer<typeof scope>;

/** Standing on the server as a whole: an admin makes and disables users. */
export const serverRole = z.enum(['member', 'admin']);

export const user = z
  .object({
    id: resourceId,
    name: displayName,
    email: z.string().nullable(),
    serverRole,
    createdAt: timestamp,
    disabledAt: timestamp.nullable(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof user>;

/** Who asks, and with which key. */
export const me = user
  .extend({ key: z.object({ id: resourceId, name: displayName, scopes: z.array(scope), expiresAt: timestamp.nullable() }) })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof me>;

export const newUser = z.object({
  name: displayName,
  email: z.email().max(320).optional(),
  serverRole: serverRole.default('member'),
});
export const userPatch = z.object({
  name: displayName.optional(),
  email: z.email().max(320).nullable().optional(),
  serverRole: serverRole.optional(),
  /** Disabling closes the user's connections and refuses his keys; nothing of his is deleted. */
  disabled: z.boolean().optional(),
});
export const mePatch = userPatch.pick({ name: true, email: true });

/** A key as it is listed: what opens the door is shown once, when it is made. */
export const apiKey = z
  .object({
    id: resourceId,
    name: displayName,
    /** Its first characters, to recognise it by. */
    prefix: z.string(),
    scopes: z.array(scope),
    createdAt: timestamp,
    expiresAt: timestamp.nullable(),
    lastUsedAt: timestamp.nullable(),
    revokedAt: timestamp.nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof apiKey>;

export const newApiKey = z.object({
  name: displayName,
  /** Not more than the asking key has. All of them when left out. */
  scopes: z.array(scope).min(1).max(SCOPES.length).optional(),
  expiresAt: timestamp.optional(),
});
/** The only answer that ever holds `key`. */
export const createdApiKey = apiKey.extend({ key: z.string() }).meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof createdApiKey>;
/** A user who is made gets a first key, for his hands. */
export const createdUser = user.extend({ apiKey: createdApiKey }).meta({ id: 'CreatedUser' });
export type CreatedUser = z.infer<typeof createdUser>;

/** As a device calls itself: nothing here is promised to be short or pretty. */
export const deviceId = z.string().min(1).max(64);
export const device = z
  .object({
    id: deviceId,
    name: z.string(),
    createdAt: timestamp,
    lastSeenAt: timestamp,
  })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof device>;
export const devicePatch = z.object({ name: displayName });
