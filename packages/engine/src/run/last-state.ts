import type { Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import type { Issue } from './events.ts';
import type { StateSide, SyncStateManager } from './state-manager.ts';

/** What the last state means for this cycle. */
export interface LastState {
  /** There is none yet. */
  readonly isFirst: boolean;
  /** There was one that cannot be used: both sides are united and nothing is deleted. */
  readonly unite: boolean;
  /** Files on each side when it was committed. */
  readonly files: Readonly<Record<Side, number>>;
  readonly issues: readonly Issue[];
}

const NO_FILES = { source: 0, destination: 0 };

/**
 * Opens the last state and decides whether it may be trusted. It is bound to both roots: a root that is not the one
 * remembered (another disk, a restored server) has nothing to do with what was agreed.
 */
export async function openLastState(
  state: SyncStateManager,
  sides: Readonly<Record<Side, StateSide>>,
  dryRun: boolean,
): Promise<LastState> {
  try {
    const metadata = await state.open();
    if (metadata === undefined) return { isFirst: true, unite: false, files: NO_FILES, issues: [] };
    const files = { source: metadata.source.files, destination: metadata.destination.files };
    const foreign = (['source', 'destination'] as const).filter((side) => metadata[side].identity !== sides[side].identity);
    if (foreign.length === 0) return { isFirst: false, unite: false, files, issues: [] };
    const names = foreign.map((side) => `the ${side} ${sides[side].url}`).join(' and ');
    const message = `${names} is not the folder of the last sync (another disk, or restored): both sides are united and nothing is deleted`;
    return { ...(await withoutLastState(state, { reason: 'other-root', dryRun, message })), files };
  } catch (error) {
    if (!SyncError.is(error, 'state/corrupt') && !SyncError.is(error, 'state/newer-version')) throw error;
    return withoutLastState(state, {
      reason: error.code === 'state/corrupt' ? 'corrupt' : 'newer-version',
      dryRun,
      message: `${error.message}: both sides are united and nothing is deleted`,
    });
  }
}

/** Keeps the unusable state aside and goes on as if there had been none, but careful. */
export async function withoutLastState(
  state: SyncStateManager,
  { reason, dryRun, message }: { reason: string; dryRun: boolean; message: string },
): Promise<LastState> {
  let kept: string[] = [];
  if (dryRun) state.disregard();
  else kept = await state.setAside(reason);
  const where = kept.length > 0 ? ` (the old state is kept as ${kept.join(', ')})` : '';
  return {
    isFirst: false,
    unite: true,
    files: NO_FILES,
    issues: [
      { severity: 'note', path: '', code: reason === 'newer-version' ? 'state/newer-version' : 'state/corrupt', message: message + where },
    ],
  };
}
