import type { Side } from '../model/entry.ts';
import { ancestorsOf, depthOf } from '../model/path.ts';
import { type Decision, failed, keepFolderAndFile, type PlanRules } from './decision.ts';

/** Folders that hold something that is never synced, so they stay, and everything above them. */
export type HeldFolders = Readonly<Record<Side, ReadonlySet<string>>>;

/**
 * Makes the decisions of folders fit those of what is in them: a folder is not deleted while something in it stays or
 * arrives, and is not replaced by a file while something in it survives. Deepest first.
 */
export function sparePlacesOfSurvivors(decisions: ReadonlyMap<string, Decision>, held: HeldFolders, rules: PlanRules): void {
  const keep: Record<Side, Set<string>> = { source: withAncestors(held.source), destination: withAncestors(held.destination) };
  const ordered = [...decisions.values()].sort((a, b) => depthOf(b.triple.path) - depthOf(a.triple.path));
  for (const decision of ordered) {
    spareFolder(decision, keep, rules);
    for (const side of ['source', 'destination'] as const) {
      if (!staysAt(decision, side)) continue;
      for (const folder of ancestorsOf(decision.triple.path)) {
        if (keep[side].has(folder)) break;
        keep[side].add(folder);
      }
    }
  }
}

function withAncestors(paths: ReadonlySet<string>): Set<string> {
  const all = new Set<string>();
  for (const path of paths) {
    if (path !== '') all.add(path);
    for (const folder of ancestorsOf(path)) all.add(folder);
  }
  return all;
}

function spareFolder(decision: Decision, keep: Record<Side, Set<string>>, rules: PlanRules): void {
  const { triple, verdict } = decision;
  const { path } = triple;
  if (verdict === 'delete-source' || verdict === 'delete-destination') {
    const side = verdict === 'delete-source' ? 'source' : 'destination';
    if (triple[side]?.kind !== 'folder' || !keep[side].has(path)) return;
    const other = side === 'source' ? 'destination' : 'source';
    // Only two-way sync may bring the folder back to the side that deleted it.
    const returns = rules.mode === 'two-way' && keep[other].has(path);
    decision.verdict = returns ? (side === 'source' ? 'upload' : 'download') : 'hold';
    decision.isCarrier = returns;
    return;
  }
  if (verdict === 'wait') giveFolderBack(decision, keep);
  if (verdict !== 'upload' && verdict !== 'download') return;
  const [giver, receiver] = verdict === 'upload' ? (['source', 'destination'] as const) : (['destination', 'source'] as const);
  if (triple[giver]?.kind === 'folder' || triple[receiver]?.kind !== 'folder' || !keep[receiver].has(path)) return;
  if (rules.mode === 'two-way') keepFolderAndFile(decision, rules, receiver);
  else {
    const message = `${path} became a ${triple[giver]?.kind} at the ${giver}, but its folder at the ${receiver} holds things that are kept; move them away first`;
    failed(decision, { side: receiver, code: 'storage/not-empty', message });
  }
}

/** A backup whose folder became a file gets its folder back once something has to be restored into it. */
function giveFolderBack(decision: Decision, keep: Record<Side, Set<string>>): void {
  const { source, destination, path } = decision.triple;
  if (source?.kind === 'folder' && destination?.kind !== 'folder' && keep.destination.has(path)) decision.verdict = 'upload';
  if (destination?.kind === 'folder' && source?.kind !== 'folder' && keep.source.has(path)) decision.verdict = 'download';
}

/** Whether the path is there on that side when the plan is done. */
function staysAt({ triple, verdict }: Decision, side: Side): boolean {
  switch (verdict) {
    case 'upload':
    case 'download':
      return true;
    case 'delete-source':
      return side === 'destination' && triple.destination !== undefined;
    case 'delete-destination':
      return side === 'source' && triple.source !== undefined;
    default:
      return triple[side] !== undefined;
  }
}
