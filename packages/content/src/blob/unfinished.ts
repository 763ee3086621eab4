import { hash } from 'node:crypto';
import { readFileSync, readlinkSync, statSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { threadId } from 'node:worker_threads';

/** What is being written, and what keeps a name for its writer, begins with a dot: no blob's name does. */
export const TEMPORARY_PREFIX = '.tmp-';
export const CLAIM_PREFIX = '.claim-';

export function isUnfinished(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX) || name.startsWith(CLAIM_PREFIX);
}

const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;
let made = 0;
let host: string | undefined;

/** Who writes: `<host>-<process>-<thread>.<n>`, unique on this host while the process lives. */
export function writerToken(): string {
  made++;
  return `${thisHost()}-${process.pid}-${threadId}.${made}`;
}

/** Where process ids mean the same: this host, and on Linux this pid namespace (containers share host names). */
function thisHost(): string {
  host ??= hash('sha256', `${hostname()}\n${pidNamespace()}`).slice(0, 12);
  return host;
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Whether nobody finishes it any more: its process is dead, or it is older than a day. */
function isAbandoned(token: string, modifiedMs: number): boolean {
  if (Date.now() - modifiedMs > ABANDONED_AFTER_MS) return true;
  const [writtenOn, pid] = token.split('-');
  return writtenOn === thisHost() && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * Removes a temporary file or a claim that a dead writer left behind. What cannot be removed stays: it is never listed, so it
 * does no harm. @returns whether it is gone
 */
export function removeIfAbandoned(path: string): boolean {
  const name = basename(path);
  try {
    const token = name.startsWith(CLAIM_PREFIX) ? readFileSync(path, 'utf8') : name.slice(TEMPORARY_PREFIX.length);
    if (!isAbandoned(token, statSync(path).mtimeMs)) return false;
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}
