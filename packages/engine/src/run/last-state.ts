import type { Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import type { Issue } from './events.ts';
import type { StateSide, SyncStateManager } from './state-manager.ts';

/** What the last state means for this cycle. */
export interface LastState {
  /** There is none yet. */
  readonly isFirst: boolean;
  /** There was one that cannot be used: both sides are united and nothing is deleted. */
  readonly unusable:
    | { readonly code: 'state/corrupt' | 'state/newer-version'; readonly reason: string; readonly message: string }
    | undefined;
  /** Files on each side when it was committed; none where the side itself says that it may have lost them. */
  readonly files: Readonly<Record<Side, number>>;
}

const NO_FILES = { source: 0, destination: 0 };

/**
 * Opens the last state and decides whether it may be trusted. It is bound to both roots: a root that is not the one
 * remembered (another disk, a restored server) has nothing to do with what was agreed. Files on disk stay as they are.
 */
export async function openLastState(state: SyncStateManager, sides: Readonly<Record<Side, StateSide>>): Promise<LastState> {
  try {
    const metadata = await state.open();
    if (metadata === undefined) return { isFirst: true, unusable: undefined, files: NO_FILES };
    const filesOf = (side: Side): number => (isReborn(metadata[side].identity, sides[side].identity) ? 0 : metadata[side].files);
    const files = { source: filesOf('source'), destination: filesOf('destination') };
    const foreign = (['source', 'destination'] as const).filter((side) => metadata[side].identity !== sides[side].identity);
    if (foreign.length === 0) return { isFirst: false, unusable: undefined, files };
    const names = foreign.map((side) => `the ${side} ${sides[side].url}`).join(' and ');
    state.disregard();
    const message = `${names} is not the folder of the last sync (another disk, or restored)`;
    return { isFirst: false, files, unusable: { code: 'state/corrupt', reason: 'other-root', message } };
  } catch (error) {
    return withoutLastState(state, error);
  }
}

/** The same place in another generation (see {@link Storage.identity}): that it is empty now is no sign of a disk that is not mounted. */
function isReborn(before: string, now: string): boolean {
  const [place, placeBefore] = [placeOf(now), placeOf(before)];
  return before !== now && place !== '' && place === placeBefore;
}

/** An identity without its generation; empty for one that is a path. */
function placeOf(identity: string): string {
  const slash = identity.indexOf('/');
  return slash < 0 ? identity : identity.slice(0, slash);
}

/** Goes on as if there had been no last state, but carefully. @throws what is no fault of the state */
export function withoutLastState(state: SyncStateManager, error: unknown): LastState {
  const isNewer = SyncError.is(error, 'state/newer-version');
  if (!isNewer && !SyncError.is(error, 'state/corrupt')) throw error;
  state.disregard();
  const unusable = { code: error.code as 'state/corrupt', reason: isNewer ? 'newer-version' : 'corrupt', message: error.message };
  return { isFirst: false, files: NO_FILES, unusable };
}

/** Tells the user that nothing will be deleted, and where the old state is kept. */
export function unusableIssue({ code, message }: NonNullable<LastState['unusable']>, kept: readonly string[]): Issue {
  const where = kept.length > 0 ? ` (the old state is kept as ${kept.join(', ')})` : '';
  return { severity: 'note', path: '', code, message: `${message}: both sides are united and nothing is deleted${where}` };
}
