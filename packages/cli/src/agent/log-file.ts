import { closeSync, existsSync, fstatSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type LogEntry, logEntrySchema } from './control/messages.ts';

const FILE = 'agent.log';
const FILE_BYTES_MAX = 1 << 20;
/** Older files that are kept: `agent.log.1` is the newest of them. */
const OLD_FILES = 4;

export interface LogFileOptions {
  readonly home: string;
  readonly fileBytesMax?: number | undefined;
}

/** The agent's log: one JSON object a line (docs/formats/device.md), a few files of bounded size, for the owner only. */
export class LogFile {
  readonly #path: string;
  readonly #fileBytesMax: number;
  #file: number;
  #bytes: number;

  constructor({ home, fileBytesMax = FILE_BYTES_MAX }: LogFileOptions) {
    this.#path = join(home, FILE);
    this.#fileBytesMax = fileBytesMax;
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#bytes = fstatSync(this.#file).size;
  }

  write(entry: LogEntry): void {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    if (this.#bytes > 0 && this.#bytes + line.length > this.#fileBytesMax) this.#rotate();
    try {
      this.#bytes += writeSync(this.#file, line);
    } catch {
      // A full disk stops the log, never the sync.
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #rotate(): void {
    closeSync(this.#file);
    rmSync(`${this.#path}.${OLD_FILES}`, { force: true });
    for (let age = OLD_FILES - 1; age >= 0; age--) {
      const name = age === 0 ? this.#path : `${this.#path}.${age}`;
      if (existsSync(name)) renameSync(name, `${this.#path}.${age + 1}`);
    }
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#bytes = 0;
  }
}

/** The last entries, the oldest first. Lines that are cut off or damaged are left out. */
export function readLog(home: string, count: number): LogEntry[] {
  const entries: LogEntry[] = [];
  for (let age = 0; age <= OLD_FILES && entries.length < count; age++) {
    const name = join(home, age === 0 ? FILE : `${FILE}.${age}`);
    if (!existsSync(name)) break;
    entries.unshift(...readFileSync(name, 'utf8').split('\n').flatMap(parseEntry));
  }
  return entries.slice(-count);
}

function parseEntry(line: string): LogEntry[] {
  if (line === '') return [];
  try {
    const entry = logEntrySchema.safeParse(JSON.parse(line));
    return entry.success ? [entry.data] : [];
  } catch {
    return [];
  }
}
