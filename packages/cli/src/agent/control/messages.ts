import * as z from 'zod/mini';

/*
 * What commands and the agent say to each other over the control socket: one JSON object a line (docs/formats/agent.md).
 */

/** No line is longer. */
export const LINE_BYTES_MAX = 1 << 20;

const folders = z.optional(z.array(z.string()));
const count = z.number().check(z.nonnegative());

/** What a command asks; `folders` are linked folders, all of them when left out. */
export const requestSchema = z.discriminatedUnion('method', [
  z.object({ id: z.int(), method: z.literal('status') }),
  /** Answers with a status now and after every change, until the command goes away. */
  z.object({ id: z.int(), method: z.literal('watch') }),
  /** Answers with each change that is synced, until the command goes away. */
  z.object({ id: z.int(), method: z.literal('changes') }),
  /** Answers with each line of the log from now on. */
  z.object({ id: z.int(), method: z.literal('log') }),
  /** One cycle now; answers when it is done. */
  z.object({ id: z.int(), method: z.literal('sync'), folders, force: z.optional(z.boolean()) }),
  /** Answers when every link has ended its first cycle or cannot. */
  z.object({ id: z.int(), method: z.literal('settled') }),
  /** Links, settings or credentials changed on disk. */
  z.object({ id: z.int(), method: z.literal('reload') }),
  z.object({ id: z.int(), method: z.literal('stop') }),
]);
export type AgentRequest = z.infer<typeof requestSchema>;

const LINK_STATES = [
  'starting',
  'syncing',
  'in-sync',
  'paths-failed',
  'conflicts-left',
  'waiting',
  'paused',
  'offline',
  'stopped',
  'error',
] as const;

/** One link as the agent keeps it. */
export const linkStatusSchema = z.object({
  folder: z.string(),
  workspace: z.string(),
  pair: z.string(),
  mode: z.enum(['realtime', 'scheduled', 'manual']),
  /**
   * `waiting`: for its schedule, or for cloudsync sync; `stopped`: a guard stopped it; `error`: somebody has to do something;
   * `offline`: tried again by itself.
   */
  state: z.enum(LINK_STATES),
  /** Why, for `offline`, `stopped` and `error`. */
  message: z.optional(z.string()),
  /** Of the running cycle, or of the last one. */
  progress: z.object({ files: count, totalFiles: count, bytes: count, totalBytes: count }),
  bytesPerSecond: count,
  /** ISO 8601; when both sides were last found the same, or made so. */
  lastSync: z.optional(z.string()),
  /** Cycles that ran to their end since the agent started. */
  cycles: count,
  /** Files at the folder when everything was last looked at. */
  files: z.optional(count),
  failed: count,
  conflictsLeft: count,
  /** What failed, the first of it: `path: why`. */
  problems: z._default(z.array(z.string()), []),
});
export type LinkStatus = z.infer<typeof linkStatusSchema>;
export type LinkState = LinkStatus['state'];

export const agentStatusSchema = z.object({ pid: z.int(), since: z.string(), links: z.array(linkStatusSchema) });
export type AgentStatus = z.infer<typeof agentStatusSchema>;

/** How a link came out of the cycle that `sync` or `settled` waited for. */
export const outcomeSchema = z.object({
  folder: z.string(),
  workspace: z.string(),
  state: z.enum(LINK_STATES),
  message: z.optional(z.string()),
  summary: z.optional(z.string()),
  problems: z._default(z.array(z.string()), []),
});
export type Outcome = z.infer<typeof outcomeSchema>;

/** A change that arrived at the other side. */
export const changeSchema = z.object({
  folder: z.string(),
  workspace: z.string(),
  action: z.string(),
  path: z.string(),
  from: z.optional(z.string()),
  kind: z.string(),
  bytes: count,
  /** When this device noticed it, and when it was in place; ms since 1970. `noticedMs` is missing for what a look at everything found. */
  noticedMs: z.optional(z.number()),
  doneMs: z.number(),
  text: z.string(),
});
export type SyncedChange = z.infer<typeof changeSchema>;

export const logEntrySchema = z.object({
  time: z.string(),
  level: z.enum(['info', 'warn', 'error']),
  /** The workspace that it is about. */
  link: z.optional(z.string()),
  text: z.string(),
});
export type LogEntry = z.infer<typeof logEntrySchema>;

/** `event`: one of many; `result`: the last, or only, answer. */
export const answerSchema = z.union([
  z.object({ id: z.int(), error: z.object({ code: z.string(), message: z.string() }) }),
  z.object({ id: z.int(), event: z.unknown() }),
  z.object({ id: z.int(), result: z.unknown() }),
]);
