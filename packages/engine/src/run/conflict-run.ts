import { otherSide, type Side } from '../model/entry.ts';
import type { Entry } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import type { Action } from '../plan/action.ts';
import { conflictCopyPath, keeperOf } from '../plan/conflict-strategy.ts';
import type { Executor } from './executor.ts';
import { wantedAt } from './transfer.ts';

const COPY_NAMES_MAX = 100;

/** Carries out what was decided about one conflict, asking the handler where the strategy left it to the user. */
export async function settleConflict(executor: Executor, action: Action): Promise<void> {
  const { conflict, source, destination } = action;
  if (conflict === undefined || source === undefined || destination === undefined) return;
  if (conflict.outcome === 'both') return keepBoth(executor, action, conflict.winner ?? 'source');
  const handler = executor.options.conflictHandler;
  if (handler === undefined) return;
  const answer = await handler({ kind: conflict.kind, path: conflict.path, message: conflict.message, source, destination });
  if (answer === 'skip') return;
  if (answer === 'both') await keepBoth(executor, action, keeperOf({ source, destination, comparison: 'hash-then-mtime' }));
  else if (answer === 'source' || answer === 'destination') {
    const other = otherSide(answer);
    const from = action[answer] as Entry;
    executor.arrived(action, answer, await executor.move({ giver: answer, from, path: action.path, expected: action[other] }));
    executor.settled.push({ ...conflict, outcome: answer });
    return;
  } else {
    await writeMerged(executor, action, answer.merged);
    executor.settled.push({ ...conflict, outcome: 'merged' });
    return;
  }
  executor.settled.push({ ...conflict, outcome: 'both' });
}

/**
 * Keeps both versions on both sides. The loser's content is first copied beside the winner's, so that it exists twice
 * before anything is replaced: a crash at any point leaves both versions, and the next run finishes.
 */
async function keepBoth(executor: Executor, action: Action, winner: Side): Promise<void> {
  const loser = otherSide(winner);
  const lost = action[loser] as Entry;
  const kept = action[winner] as Entry;
  const copied = await copyUnderFreeName(executor, lost, loser);
  if (kept.kind === 'folder') {
    await executor.options.storages[loser].delete(lost, { signal: executor.options.pause.signal });
    executor.arrived(action, winner, await executor.move({ giver: winner, from: kept, path: action.path, expected: undefined }));
  } else {
    executor.arrived(action, winner, await executor.move({ giver: winner, from: kept, path: action.path, expected: lost }));
  }
  await bringCopyBack(executor, action, { copied, loser });
}

/** Puts the copy beside the winner's version at the loser's side, unless something of the user's is in its place. */
async function bringCopyBack(executor: Executor, action: Action, { copied, loser }: { copied: Entry; loser: Side }): Promise<void> {
  const there = await executor.options.storages[loser].stat(copied.path);
  const copyAction: Action = { ...action, path: copied.path, source: undefined, destination: undefined, kind: copied.kind };
  if (there === undefined) {
    const winner = otherSide(loser);
    executor.arrived(copyAction, winner, await executor.move({ giver: winner, from: copied, path: copied.path, expected: undefined }));
  } else if (await isCopyOf(executor, there, copied, loser)) {
    executor.agreeOn(copied.path, loser === 'source' ? there : copied, loser === 'source' ? copied : there);
  }
}

/** Puts the loser's content under its conflict name at the winner's side; a copy that an earlier run made is taken as it is. */
async function copyUnderFreeName(executor: Executor, lost: Entry, loser: Side): Promise<Entry> {
  const winnerSide = otherSide(loser);
  const storage = executor.options.storages[winnerSide];
  for (let attempt = 1; attempt <= COPY_NAMES_MAX; attempt++) {
    const path = conflictCopyPath(lost, executor.options.replicas[loser], attempt);
    const there = await storage.stat(path);
    if (there === undefined) {
      const { to } = await executor.move({ giver: loser, from: lost, path, expected: undefined });
      executor.touched(winnerSide, path);
      if (to.kind === 'file') executor.options.files[winnerSide]++;
      return to;
    }
    if (await isCopyOf(executor, there, lost, winnerSide)) return there;
  }
  throw new SyncError('sync/conflict', `${lost.path} has ${COPY_NAMES_MAX} conflict copies; remove some and run again`, { path: lost.path });
}

async function isCopyOf(executor: Executor, there: Entry, lost: Entry, side: Side): Promise<boolean> {
  if (there.kind !== lost.kind || there.size !== lost.size || there.target !== lost.target) return false;
  if (there.kind !== 'file') return true;
  const [result] = (await executor.options.storages[side].hash?.([there])) ?? [];
  return result !== undefined && 'hash' in result && lost.hash !== undefined && result.hash === lost.hash;
}

async function writeMerged(executor: Executor, action: Action, bytes: Uint8Array): Promise<void> {
  const { storages, environment, pause } = executor.options;
  const source = action.source as Entry;
  const destination = action.destination as Entry;
  const merged: Entry = { ...wantedAt(action.path, source), kind: 'file', size: bytes.length, mtimeMs: environment.now(), hash: undefined, target: undefined };
  const put = (side: Side, expected: Entry): Promise<Entry> => storages[side].upload(merged, once(bytes), { expected, signal: pause.signal });
  const atSource = await put('source', source);
  const atDestination = await put('destination', destination);
  executor.agreeOn(action.path, atSource, atDestination);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

