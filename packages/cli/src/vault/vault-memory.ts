import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SealSuite } from '@cloudsync/content';
import { LocalStateDirectory } from '@cloudsync/storages';
import * as z from 'zod/mini';

/**
 * What this device remembers of a vault (docs/formats/vault-memory.md), so that one that was put back to an older state, by a
 * restored disk or by a hostile holder, is noticed.
 */
export interface VaultMemory {
  /** The newest commit seen. */
  readonly seen: { readonly sequence: number; readonly hash: string } | undefined;
  /** How often the user accepted an older state; each time the vault counts as another place, so that nothing is deleted for it. */
  readonly rollbacks: number;
  /** How it is encrypted, and the folder where it was last seen: nobody can put one without encryption in its place unnoticed. */
  readonly suite: SealSuite | undefined;
  readonly place: string | undefined;
  /** No later change gets a version counter below this; ms since 1970. */
  readonly clockMs: number;
}

const NOTHING: VaultMemory = { seen: undefined, rollbacks: 0, suite: undefined, place: undefined, clockMs: 0 };
const schema = z.object({
  version: z.literal(1),
  seen: z.optional(z.object({ sequence: z.int().check(z.minimum(1)), hash: z.string().check(z.regex(/^[0-9a-f]{64}$/)) })),
  rollbacks: z.int().check(z.minimum(0)),
  suite: z.optional(z.enum(['none', 'aes-256-gcm', 'xchacha20-poly1305'])),
  place: z.optional(z.string()),
  clockMs: z.number().check(z.minimum(0)),
});

const FOLDER = 'vaults';
const FILE = /^([0-9a-f]{32})\.json$/;

/** Ids of all vaults that a device remembers. */
export async function rememberedVaults(stateHome: string): Promise<string[]> {
  const names = await readdir(join(stateHome, FOLDER)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => FILE.exec(name)?.[1] ?? []);
}

/** Where the memory of a vault lies, for messages. */
export function memoryFile(stateHome: string, vaultId: string): string {
  return join(stateHome, FOLDER, `${vaultId}.json`);
}

/** The memory of one vault, in `vaults/<id>.json` of the state folder. */
export class VaultMemoryFile {
  readonly #directory: LocalStateDirectory;
  readonly #name: string;

  constructor(stateHome: string, vaultId: string) {
    this.#directory = new LocalStateDirectory(join(stateHome, FOLDER));
    this.#name = `${vaultId}.json`;
  }

  /** A file that cannot be read counts as none: it only makes the device more trusting once. */
  async read(): Promise<VaultMemory> {
    const chunks = this.#directory.read(this.#name);
    if (chunks === undefined) return NOTHING;
    try {
      let text = '';
      for await (const chunk of chunks) text += chunk;
      const parsed = schema.safeParse(JSON.parse(text));
      if (!parsed.success) return NOTHING;
      const { seen, rollbacks, suite, place, clockMs } = parsed.data;
      return { seen, rollbacks, suite, place, clockMs };
    } catch {
      return NOTHING;
    }
  }

  /** Writes what was seen, unless another process of this device has seen more meanwhile. */
  async advance(memory: VaultMemory): Promise<void> {
    const found = await this.read();
    const isNewer = found.rollbacks > memory.rollbacks || (found.rollbacks === memory.rollbacks && sequenceOf(found) > sequenceOf(memory));
    const newest = isNewer ? found : memory;
    await this.write({ ...newest, suite: memory.suite, place: memory.place, clockMs: Math.max(found.clockMs, memory.clockMs) });
  }

  /** Replaces the file as a whole. */
  async write(memory: VaultMemory): Promise<void> {
    await this.#directory.write(this.#name, [`${JSON.stringify({ version: 1, ...memory })}\n`], { durable: false });
  }
}

function sequenceOf({ seen }: VaultMemory): number {
  return seen?.sequence ?? 0;
}
