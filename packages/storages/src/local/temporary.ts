import { lstatSync, readlinkSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';
import { TEMPORARY_PREFIX } from './own-names.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ABANDONED_AFTER_MS = DAY_MS;
/** Whoever wants the rest of a file has come back by then. */
const PART_ABANDONED_AFTER_MS = 7 * DAY_MS;
const PART = 'part';

let host: string | undefined;
let made = 0;

/**
 * A name for a file that is being written: `.cloudsync-tmp-<host>-<pid>-<thread>.<n>`, unique in this process. It stands
 * beside its target, so that the last step is a rename on one file system.
 */
export function temporaryName(): string {
  made++;
  return `${TEMPORARY_PREFIX}${hostHash()}-${process.pid}-${threadId}.${made}`;
}

/**
 * The name that content with this hash arrives under when it is to be kept if it is cut off: `.cloudsync-tmp-part-…`, the same in
 * every process. Two that write it at once write the same bytes to the same places.
 */
export function partialName(path: string, hash: string): string {
  return `${TEMPORARY_PREFIX}${PART}-${fnv1a(path)}-${hash.slice(0, 32)}`;
}

/** Where process ids mean the same: this host, and on Linux this pid namespace (containers share host names). */
function hostHash(): string {
  host ??= fnv1a(`${hostname()}\n${pidNamespace()}`);
  return host;
}

/** 32-bit FNV-1a in eight hex digits (draft-eastlake-fnv): a scan would start 10 ms later with node:crypto. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Whether nobody writes this file any more: its process is dead, or it is older than a day; a part waits for a week. */
function isAbandoned(name: string, mtimeMs: number, nowMs: number): boolean {
  if (name.startsWith(`${TEMPORARY_PREFIX}${PART}-`)) return nowMs - mtimeMs > PART_ABANDONED_AFTER_MS;
  if (nowMs - mtimeMs > ABANDONED_AFTER_MS) return true;
  const [writtenOn, pid] = name.slice(TEMPORARY_PREFIX.length).split('-');
  return writtenOn === hostHash() && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Removes a temporary file that a dead run left behind; one that cannot be removed waits for the next scan. */
export function removeIfAbandoned(absolute: string, name: string, nowMs: number): void {
  try {
    const stats = lstatSync(absolute);
    if (!stats.isDirectory() && isAbandoned(name, stats.mtimeMs, nowMs)) unlinkSync(absolute);
  } catch {
    // Gone already, or not ours to remove: it is never listed, so it does no harm.
  }
}
