import { type ListBatch, SyncError } from '@cloudsync/engine';
import { changed, hiding, relisted } from '../simulation/changed-storage.ts';
import type { VaultPlant } from './vault-plants.ts';

const NOBODY = { device: { id: '', name: '' }, clock: () => 0 };

/** One bug for every check. */
export const PLANTED_VAULT_BUGS: readonly VaultPlant[] = [
  {
    check: 'all replicas equal',
    bug: 'a path is overlooked on both sides',
    connect: (connected) => ({
      ...connected,
      source: relisted(connected.source, hiding('a')),
      destination: relisted(connected.destination, hiding('a')),
    }),
  },
  {
    check: 'settles',
    bug: 'a vault commits although nothing happened',
    connect: (connected) => ({
      ...connected,
      destination: changed(connected.destination, {
        acknowledge: async () => {
          for (const { storage } of connected.vaults) await storage.vault.commit({ author: NOBODY, kind: 'keys', make: async () => ({}) });
        },
      }),
    }),
  },
  { check: 'nothing lost', bug: 'the newer of two versions wins, and there is no trash', resolution: 'newest-wins' },
  {
    check: 'nothing comes back',
    bug: 'a vault does not delete what it says that it deleted',
    connect: (connected) => ({ ...connected, destination: changed(connected.destination, { delete: async () => undefined }) }),
  },
  {
    check: 'nothing invented',
    bug: 'a folder delivers other bytes than it holds',
    connect: (connected) => ({
      ...connected,
      source: changed(connected.source, {
        download: async function* (...call) {
          for await (const piece of connected.source.download(...call)) yield piece.map((byte) => (byte === 0x20 ? 0x5f : byte));
        },
      }),
    }),
  },
  {
    check: 'no false conflict',
    bug: 'vaults do not tell the causes of what they hold',
    scenario: { oneUser: true, vaults: 3, deaths: 0 },
    connect: (connected) => {
      const blind = (batch: ListBatch): ListBatch => ({
        ...batch,
        entries: batch.entries?.map((entry) => ({ ...entry, vector: undefined })) ?? [],
      });
      if (connected.vaults.length < 2) return connected;
      return { ...connected, source: relisted(connected.source, blind), destination: relisted(connected.destination, blind) };
    },
  },
  {
    check: 'vault is whole',
    bug: 'a pack vanishes',
    spoil: (disk) => {
      const [pack] = disk.list('packs/');
      if (pack !== undefined) disk.replace(pack.name, undefined);
    },
  },
  {
    check: 'snapshots stay',
    bug: 'the newest commit vanishes',
    spoil: (disk) => {
      const commits = disk.list('commits/');
      const newest = commits.at(-1);
      if (newest !== undefined && commits.length > 3) disk.replace(newest.name, undefined);
    },
  },
  {
    check: 'no failures after healing',
    bug: 'a vault refuses a name',
    connect: (connected) => ({
      ...connected,
      destination: changed(connected.destination, {
        upload: async (entry, ...rest) => {
          if (entry.path.endsWith('b')) throw new SyncError('storage/denied', 'not this one', { path: entry.path });
          return connected.destination.upload(entry, ...rest);
        },
      }),
    }),
  },
  {
    check: 'engine never throws',
    bug: 'a vault fails with something that is no SyncError',
    connect: (connected) => ({
      ...connected,
      destination: changed(connected.destination, { upload: () => Promise.reject(new TypeError('a bug')) }),
    }),
  },
  {
    check: 'engine never hangs',
    bug: 'a vault never answers',
    connect: (connected) => ({ ...connected, destination: changed(connected.destination, { flush: () => new Promise(() => undefined) }) }),
  },
];
