import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect } from 'vitest';
import type { Ended } from './run-cloudsync.ts';
import type { Sandbox } from './sandbox.ts';

export interface VersionFacts {
  readonly version: number;
  readonly kind: string;
}

/** A new vault in the folder `v` of the sandbox, for each test. */
export class VaultSandbox {
  readonly #box: Sandbox;

  constructor(box: Sandbox) {
    this.#box = box;
    beforeEach(async () => {
      box.env = { CLOUDSYNC_PASSPHRASE: 'correct horse battery staple' };
      expect((await box.run('vault', 'init', 'v')).code).toBe(0);
    });
  }

  /** Syncs a folder of the sandbox with the vault, and expects that all goes well. */
  readonly sync = async (folder: string, ...options: string[]): Promise<Ended> => {
    const ended = await this.#box.run('sync', folder, 'vault:v', ...options);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    return ended;
  };

  /** `cloudsync vault VERB v …`. */
  readonly vault = async (verb: string, ...args: string[]): Promise<Ended> => {
    return await this.#box.run('vault', ...verb.split(' '), 'v', ...args);
  };

  readonly expectClean = async (): Promise<void> => {
    const { code, stdout, stderr } = await this.vault('check', '--read-data');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('no damage');
  };

  /** The versions that are kept, newest first. */
  readonly log = async (): Promise<VersionFacts[]> => {
    const { stdout } = await this.vault('log', '--json');
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as VersionFacts);
  };

  /** Packs with their sizes in bytes. */
  readonly packs = (): Map<string, number> => {
    const root = join(this.#box.dir, 'v/packs');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name));
    return new Map(files.filter((file) => statSync(file).isFile()).map((file) => [file, statSync(file).size]));
  };
}

/** Bytes that look like nothing and are the same in each run. */
export function noise(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
