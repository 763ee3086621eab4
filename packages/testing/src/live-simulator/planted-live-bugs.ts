import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SyncError } from '@cloudsync/engine';
import { changed, hiding, relisted } from '../simulation/changed-storage.ts';
import type { LivePlant } from './live-plants.ts';
import { CALM, type LiveScenario } from './live-scenario.ts';

/** One phase without trouble: what goes wrong is the planted bug. */
const PLAIN: Partial<LiveScenario> = {
  conflictResolution: 'keep-both',
  phases: 1,
  delayMs: 1,
  skewMs: 0,
  trouble: CALM,
};

/** One bug for every check. */
export const PLANTED_LIVE_BUGS: readonly LivePlant[] = [
  {
    check: 'all devices equal',
    bug: 'a path is overlooked on both sides',
    scenario: PLAIN,
    connect: ({ folder, workspace }) => ({ folder: relisted(folder, hiding('a')), workspace: relisted(workspace, hiding('a')) }),
  },
  {
    check: 'settles',
    bug: 'a listing touches what it lists',
    scenario: PLAIN,
    connect: ({ folder }, disk) => ({
      folder: changed(folder, {
        list: (options) => {
          const [first] = disk.all();
          if (first !== undefined) disk.setAttributes(first.path, { mtimeMs: first.node.mtimeMs + 1 }, 'user');
          disk.flush();
          return folder.list(options);
        },
      }),
    }),
  },
  {
    check: 'nothing lost',
    bug: 'the folder always wins where both sides should be kept',
    scenario: { ...PLAIN, devices: 3, trouble: { ...CALM, partition: 0.7 } },
    resolution: 'source-wins',
  },
  {
    check: 'nothing comes back',
    bug: 'a workspace does not delete what it says that it deleted',
    scenario: PLAIN,
    connect: ({ workspace }) => ({ workspace: changed(workspace, { delete: async () => undefined }) }),
  },
  {
    check: 'nothing invented',
    bug: 'a folder delivers other bytes than it holds',
    scenario: PLAIN,
    connect: ({ folder }) => ({
      folder: changed(folder, {
        download: async function* (...call) {
          for await (const piece of folder.download(...call)) yield piece.map((byte) => (byte === 0x20 ? 0x5f : byte));
        },
      }),
    }),
  },
  {
    check: 'acknowledged stays',
    bug: 'a server forgets what it answered last',
    scenario: PLAIN,
    spoil: sql('delete from versions where sequence = (select max(sequence) from versions)'),
  },
  {
    check: 'sequences increase',
    bug: 'rows are others after a restart',
    scenario: { ...PLAIN, phases: 2, trouble: { ...CALM, 'kill-device': 0.9 } },
    spoil: sql('update versions set at_ms = at_ms + 1'),
  },
  {
    check: 'versions are readable',
    bug: 'a chunk vanishes',
    scenario: PLAIN,
    spoil: sql('delete from chunks where rowid in (select rowid from chunks limit 1)'),
  },
  {
    check: 'counters are right',
    bug: 'the bytes of a workspace are counted wrong',
    scenario: PLAIN,
    spoil: sql('update workspaces set bytes = bytes + 1'),
  },
  {
    check: 'server is whole',
    bug: 'what lies in the trash is called something else there',
    scenario: PLAIN,
    spoil: sql("update entries set name = 'other' where deleted = 1"),
  },
  {
    check: 'no failures after healing',
    bug: 'a workspace refuses a name',
    scenario: PLAIN,
    connect: ({ workspace }) => ({
      workspace: changed(workspace, {
        upload: async (entry, ...rest) => {
          if (entry.path.endsWith('b')) throw new SyncError('storage/denied', 'not this one', { path: entry.path });
          return workspace.upload(entry, ...rest);
        },
      }),
    }),
  },
  {
    check: 'nobody throws',
    bug: 'a workspace fails with something that is no SyncError',
    scenario: PLAIN,
    connect: ({ workspace }) => ({ workspace: changed(workspace, { upload: () => Promise.reject(new TypeError('a bug')) }) }),
  },
  {
    check: 'nobody hangs',
    bug: 'a folder never answers',
    scenario: PLAIN,
    connect: ({ folder }) => ({ folder: changed(folder, { flush: () => new Promise(() => undefined) }) }),
  },
];

/** Changes the database behind the server's back. */
function sql(...statements: readonly string[]): NonNullable<LivePlant['spoil']> {
  return (folder) => {
    const database = new DatabaseSync(join(folder, 'cloudsync.db'));
    for (const statement of statements) database.exec(statement);
    database.close();
  };
}
