import { join } from 'node:path';
import { AgentConnection } from '../agent/control/control-client.ts';
import type { LinkStatus } from '../agent/control/messages.ts';
import type { StatusFlags } from '../command-line/flags.ts';
import { deviceHome, type Surroundings, stateHome, surroundings } from '../device/state-home.ts';
import { type Link, LinkFile } from '../links/link-file.ts';
import { type KnownPair, knownPairs } from '../pair/known-pairs.ts';
import { WATCH_FOLDER } from '../pair/locate-pair.ts';
import { lockHolder } from '../pair/lock-holder.ts';
import { pairId } from '../pair/pair-id.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { linkLines } from './link-status-text.ts';
import { type PairStatus, statusLines } from './status-text.ts';

/** `cloudsync status`. @returns the exit code */
export async function statusCommand(flags: StatusFlags, terminal: Terminal): Promise<number> {
  const around = surroundings();
  if (flags.watch === true) return await watchLinks(deviceHome(around), flags, terminal);
  const statuses = await allStatuses(flags.stateDir, around);
  if (flags.json === true) {
    terminal.out(JSON.stringify(statuses, null, 2));
    return 0;
  }
  if (statuses.length === 0) {
    terminal.out('No pairs yet. Start with: cloudsync sync <source> <destination>');
    terminal.err('Or with a server: cloudsync login, then cloudsync link <folder> <workspace>');
  }
  statuses.forEach((status, index) => {
    if (index > 0) terminal.out('');
    const lines =
      status.link === undefined
        ? statusLines(status, Date.now(), terminal.paintOut)
        : linkLines(status.link, Date.now(), terminal.paintOut);
    for (const line of lines) terminal.out(line);
  });
  return 0;
}

/** The links first, then the other pairs, the latest run first. With a state folder of its own, there are only pairs. */
async function allStatuses(stateDir: string | undefined, around: Surroundings): Promise<PairStatus[]> {
  const pairs = await knownPairs(stateHome(stateDir, around));
  const links = stateDir === undefined ? await linkStatuses(around, pairs) : [];
  const others = pairs.filter(({ id }) => !links.some(({ pair }) => pair === id));
  return [...links, ...(await Promise.all(others.map(statusOf)))];
}

async function linkStatuses(around: Surroundings, pairs: readonly KnownPair[]): Promise<PairStatus[]> {
  const home = deviceHome(around);
  const links = new LinkFile(home).all();
  if (links.length === 0) return [];
  const agent = await AgentConnection.openIfRunning(home);
  const kept = agent === undefined ? [] : (await agent.ask('status')).links;
  return await Promise.all(
    links.map(async (link) => {
      const id = pairId(link.folder, link.workspace);
      const known = pairs.find((pair) => pair.id === id);
      const status = known === undefined ? unsynced(id, link) : await statusOf(known);
      const keptLink = kept.find(({ folder }) => folder === link.folder);
      return { ...status, link: keptLink === undefined ? restingLink(link, status) : withMemory(keptLink, status) };
    }),
  );
}

/** What an agent that has just started, or a link that is paused, does not know of the time before. */
function withMemory(link: LinkStatus, { lastSync, files }: PairStatus): LinkStatus {
  return { ...link, lastSync: link.lastSync ?? lastSync, files: link.files ?? files?.source };
}

/** A link that no agent keeps. */
function restingLink(
  { folder, workspace, paused }: Link,
  { pair, lastSync, files, failed, conflictsLeft }: PairStatus,
): PairStatus['link'] {
  return { folder, workspace, pair, state: paused ? 'paused' : 'not-running', lastSync, files: files?.source, failed, conflictsLeft };
}

function unsynced(pair: string, { folder, workspace }: Link): PairStatus {
  return {
    pair,
    source: folder,
    destination: workspace,
    mode: undefined,
    lastSync: undefined,
    result: 'unfinished',
    message: undefined,
    files: undefined,
    failed: 0,
    conflictsLeft: 0,
    running: undefined,
    watching: undefined,
    link: undefined,
  };
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
    link: undefined,
  };
}

/** Until the agent ends: on a terminal in place, else a block, or a line of JSON, for each change. */
async function watchLinks(home: string, { json }: StatusFlags, terminal: Terminal): Promise<number> {
  const agent = await AgentConnection.open(home);
  for await (const status of agent.events('watch')) {
    const lines = (): string[] => blocks(status.links, terminal);
    if (json === true) terminal.out(JSON.stringify(status));
    else if (terminal.live) terminal.showLive(lines());
    else for (const line of [...lines(), '']) terminal.out(line);
  }
  terminal.clearLive();
  if (json !== true) terminal.err('The agent has stopped');
  return 0;
}

function blocks(links: readonly LinkStatus[], { live, paintErr, paintOut }: Terminal): string[] {
  const paint = live ? paintErr : paintOut;
  return links.flatMap((link, index) => [...(index > 0 ? [''] : []), ...linkLines(link, Date.now(), paint)]);
}
