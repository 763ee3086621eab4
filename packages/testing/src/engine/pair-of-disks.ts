import { type Side, SyncEngine, type SyncPair, type SyncResult, SyncStateManager } from '@cloudsync/engine';
import { bytesOf, textOf } from '../content.ts';
import { Disk, type DiskTraits } from '../strict-storage/disk.ts';
import { MemoryStateDirectory, StateFiles } from '../strict-storage/memory-state-directory.ts';
import { Process } from '../strict-storage/process.ts';
import { StrictStorage } from '../strict-storage/strict-storage.ts';

export interface PairOptions {
  readonly traits?: Partial<DiskTraits>;
  /** Which side cannot rename. */
  readonly cannotRename?: Side | undefined;
  readonly ignore?: readonly string[];
}

export interface RunOptions {
  readonly diesAtStep?: number;
  /** Told what the engine is about to do, and has just done. */
  readonly onStep?: (label: string) => void;
}

/** Two disks and the real engine between them. Conflicts keep both, so that no content may ever be missing. */
export class PairOfDisks {
  readonly disks: Readonly<Record<Side, Disk>>;
  readonly state = new StateFiles();
  readonly #options: PairOptions;

  constructor(options: PairOptions = {}) {
    let now = Date.UTC(2026, 0, 1);
    const tick = (): number => {
      now += 60_000;
      return now;
    };
    const make = (name: string): Disk => new Disk({ traits: options.traits ?? {}, name, now: tick });
    this.disks = { source: make('source'), destination: make('destination') };
    this.#options = options;
  }

  /** One run, killed at a step if wanted. */
  async sync({ diesAtStep, onStep }: RunOptions = {}): Promise<{ readonly died: boolean; readonly result: SyncResult | undefined }> {
    const { cannotRename, ignore = [] } = this.#options;
    const process = new Process({ diesAtStep, onStep: (_step, label) => onStep?.(label) });
    const open = (side: Side): StrictStorage =>
      new StrictStorage({ disk: this.disks[side], url: side, process, canRename: side !== cannotRename });
    const state = new SyncStateManager(new MemoryStateDirectory({ files: this.state, process }));
    const sides = { source: open('source'), destination: open('destination') };
    const pair: SyncPair = { ...sides, state, ignore, conflictResolution: 'keep-both' };
    const run = new SyncEngine().syncPair(pair, { maxDelete: 'off' });
    const result = await Promise.race([run, process.death.then(() => undefined)]);
    return { died: process.dead, result };
  }

  /** The files of a side. */
  treeOf(side: Side): Record<string, string> {
    const files = [...this.disks[side].all()].flatMap(({ path, node }) => (node.kind === 'file' ? [[path, textOf(node.bytes)]] : []));
    return Object.fromEntries(files) as Record<string, string>;
  }
}

export function write(path: string, text: string): (disk: Disk) => void {
  return (disk) => disk.put(path, { kind: 'file', bytes: bytesOf(text) }, 'user');
}
