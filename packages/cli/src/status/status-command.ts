import { join } from 'node:path';
import type { StatusFlags } from '../command-line/flags.ts';
import { stateHome, surroundings } from '../device/state-home.ts';
import { type KnownPair, knownPairs } from '../pair/known-pairs.ts';
import { WATCH_FOLDER } from '../pair/locate-pair.ts';
import { lockHolder } from '../pair/lock-holder.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type PairStatus, statusLines } from './status-text.ts';

/** `cloudsync status`. @returns the exit code */
export async function statusCommand(flags: StatusFlags, terminal: Terminal): Promise<number> {
  const pairs = await knownPairs(stateHome(flags.stateDir, surroundings()));
  const statuses = await Promise.all(pairs.map(statusOf));
  if (flags.json === true) {
    terminal.out(JSON.stringify(statuses, null, 2));
    return 0;
  }
  if (statuses.length === 0) terminal.out('No pairs yet. Start with: cloudsync sync <source> <destination>');
  statuses.forEach((status, index) => {
    if (index > 0) terminal.out('');
    for (const line of statusLines(status, Date.now(), terminal.paintOut)) terminal.out(line);
  });
  return 0;
}

async function statusOf({ id, directory, lastRun }: KnownPair): Promise<PairStatus> {
  return {
    pair: id,
    source: lastRun?.source,
    destination: lastRun?.destination,
    mode: lastRun?.options.mode,
    lastSync: lastRun?.finishedAt,
    result: lastRun?.result ?? 'unreadable',
    message: lastRun?.message,
    files: lastRun?.files,
    failed: lastRun?.failed.length ?? 0,
    conflictsLeft: lastRun?.conflicts.length ?? 0,
    running: await lockHolder(directory),
    watching: await lockHolder(join(directory, WATCH_FOLDER)),
  };
}
