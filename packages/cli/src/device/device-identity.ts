import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import * as z from 'zod/mini';
import { makeStateFolder } from './state-folder.ts';

/** Who makes changes, for the histories of vaults. */
export interface DeviceIdentity {
  /** 32 hex digits, drawn once. */
  readonly id: string;
  /** For people: the host's name now. */
  readonly name: string;
}

const FILE = 'device.json';
const schema = z.object({ version: z.literal(1), id: z.string().check(z.regex(/^[0-9a-f]{32}$/)) });

/**
 * The identity of this device, made on first use. It lies in the state folder, so two of them are two devices.
 * @throws SyncError `state/corrupt`, and those of {@link makeStateFolder}
 */
export function deviceIdentity(stateHome: string): DeviceIdentity {
  const file = join(stateHome, FILE);
  const text = readIfThere(file) ?? create(stateHome, file);
  return { id: parse(file, text), name: hostname() };
}

function parse(file: string, text: string): string {
  try {
    return schema.parse(JSON.parse(text)).id;
  } catch (cause) {
    throw new SyncError('state/corrupt', `${file} is damaged; remove it, and this device gets a new identity`, { cause });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A link appears whole and only if nothing is there: of two first runs at once, both get the same identity. */
function create(stateHome: string, file: string): string {
  makeStateFolder(stateHome);
  const id = randomBytes(16).toString('hex');
  const temporary = `${file}.${id}`;
  writeFileSync(temporary, `${JSON.stringify({ version: 1, id })}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary);
  }
  return readFileSync(file, 'utf8');
}
