import {
  type Abilities,
  type CopyOptions,
  type Entry,
  type FetchJob,
  type FetchResult,
  type ListBatch,
  type Storage,
  SyncError,
  type TransferOptions,
} from '@cloudsync/engine';
import { fetchFiles } from '../storage/fetch-files.ts';
import { VAULT_NAMES } from '../storage/look-again.ts';
import { readRow } from '../storage/read-row.ts';
import { entryOfRow } from '../storage/row-entry.ts';
import type { FileRow } from '../tree/row.ts';
import type { Vault } from '../vault.ts';

/** The files of some version of a vault, for a storage that copies from it; it can give what its maker knows, and nothing else. */
export class SnapshotGiver implements Storage {
  readonly url: string;
  readonly abilities: Abilities = { scans: true, mtimeStepMs: 0.001, modes: true, symlinks: true, folders: true, names: VAULT_NAMES };
  readonly #vault: Vault;
  readonly #rowOf: (entry: Entry) => FileRow | undefined;

  constructor(vault: Vault, rowOf: (entry: Entry) => FileRow | undefined) {
    this.url = `vault:${vault.blobs.url}`;
    this.#vault = vault;
    this.#rowOf = rowOf;
  }

  async identity(): Promise<string> {
    return this.#vault.config.id;
  }

  async *list(): AsyncGenerator<ListBatch> {}

  async stat(): Promise<undefined> {}

  async *download(entry: Entry, options: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    yield* readRow(this.#vault, this.#mustFind(entry), options);
  }

  async fetchFiles(jobs: readonly FetchJob[], options: CopyOptions): Promise<FetchResult[]> {
    return fetchFiles(this.#vault, jobs, { ...options, find: async ({ entry }) => this.#mustFind(entry) });
  }

  async upload(entry: Entry): Promise<Entry> {
    throw readOnly(entry);
  }

  async delete(entry: Entry): Promise<void> {
    throw readOnly(entry);
  }

  #mustFind(entry: Entry): FileRow {
    const row = this.#rowOf(entry);
    if (row === undefined || entryOfRow(row).version !== entry.version)
      throw new SyncError('storage/not-found', `that version holds no ${JSON.stringify(entry.path)}`, { path: entry.path });
    return row;
  }
}

function readOnly({ path }: Entry): SyncError {
  return new SyncError('storage/read-only', `a version of a vault does not change; ${JSON.stringify(path)} was not written`, { path });
}
