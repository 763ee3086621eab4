import { isWithin, parentOf, SyncError } from '@cloudsync/engine';
import type { Row } from '@cloudsync/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathRights } from '../access/path-rights.ts';
import type { Change, ChangeResult } from '../journal/change.ts';
import { ReplayedTree } from '../journal/replayed-tree.test.support.ts';
import { folderPut, TestClock, TestDevice } from './test-device.test.support.ts';
import type { Workspace } from './workspace.ts';
import { Workspaces } from './workspaces.ts';

/** What a workspace ought to be: paths and the sequence of what is there. Renaming a folder renames paths. */
class Model {
  readonly entries = new Map<string, { kind: 'file' | 'folder'; text: string; sequence: number }>();

  /** Whether a change has to be done. */
  expects(change: Change): 'done' | 'conflict' | 'error' {
    const { path, base } = change;
    const found = this.entries.get(path);
    if ('from' in change) {
      const source = this.entries.get(change.from);
      if (isWithin(change.from, path)) return 'error';
      if (source === undefined || source.sequence !== change.fromBase) return 'conflict';
      if (!this.#isFolder(parentOf(path))) return 'error';
      if ((found?.sequence ?? 0) !== base) return 'conflict';
      return this.#isEmpty(path) ? 'done' : 'error';
    }
    if ('put' in change) {
      if (!this.#isFolder(parentOf(path))) return 'error';
      if ((found?.sequence ?? 0) !== base) return 'conflict';
      return found !== undefined && found.kind !== change.put.kind && !this.#isEmpty(path) ? 'error' : 'done';
    }
    if (found === undefined || found.sequence !== base) return 'conflict';
    return 'delete' in change && !this.#isEmpty(path) ? 'error' : 'done';
  }

  do(change: Change, text: string, sequence: number): void {
    const { path } = change;
    if ('put' in change)
      this.entries.set(path, { kind: change.put.kind as 'file' | 'folder', text: change.put.kind === 'file' ? text : '', sequence });
    else if ('delete' in change) this.entries.delete(path);
    else if ('from' in change) this.#move(change.from, path, sequence);
    else this.entries.set(path, { ...(this.entries.get(path) as { kind: 'file'; text: string }), sequence });
  }

  #move(from: string, to: string, sequence: number): void {
    this.entries.delete(to);
    for (const [path, entry] of [...this.entries]) {
      if (!isWithin(from, path)) continue;
      this.entries.delete(path);
      this.entries.set(to + path.slice(from.length), path === from ? { ...entry, sequence } : entry);
    }
  }

  #isFolder(path: string): boolean {
    return path === '' || this.entries.get(path)?.kind === 'folder';
  }

  #isEmpty(path: string): boolean {
    return [...this.entries.keys()].every((other) => other === path || !isWithin(path, other));
  }
}

/** One step: which client does what where, and how stale what he knows is. */
const names = fc.constantFrom('a', 'b', 'c');
const path = fc.array(names, { minLength: 1, maxLength: 2 }).map((parts) => parts.join('/'));
const step = fc.record({
  client: fc.nat(2),
  what: fc.constantFrom('file', 'file', 'file', 'folder', 'folder', 'delete', 'move', 'move', 'attributes'),
  path,
  from: path,
  text: fc.constantFrom('one', 'two', 'three', ''),
  listens: fc.constantFrom(true, true, false),
  hours: fc.constantFrom(0, 0, 0, 1, 30),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const settings = fc.constantFrom(
  { versionHistory: true, maxVersions: null, retentionDays: null },
  { versionHistory: true, maxVersions: 2, retentionDays: 2 },
  { versionHistory: false, maxVersions: null, retentionDays: 1 },
);

/** Sees neither `b` nor what is in `a/b`. */
const hidesB = pathRights({
  role: 'editor',
  userId: 'jo',
  rules: [
    { path: 'b', user: '*', level: 'none' },
    { path: 'a/b', user: '*', level: 'none' },
  ],
});

interface Client {
  readonly device: TestDevice;
  tree: ReplayedTree;
  cursor: string | undefined;
}

/**
 * Brings a client up to date, by changes as far as they are told, else by listing anew.
 * @returns whether he was told to list anew
 */
function listen(workspace: Workspace, client: Client, limit: number): boolean {
  const rows = client.cursor === undefined ? undefined : changesSince(workspace, client, limit);
  if (rows !== undefined) {
    client.tree.apply(rows);
    return false;
  }
  const wasTold = client.cursor !== undefined;
  client.tree = new ReplayedTree();
  client.tree.apply(listAnew(workspace, client, limit));
  return wasTold;
}

/** Undefined when they cannot be told: purged, or, to a restricted member, a folder that he sees has moved. */
function changesSince(workspace: Workspace, client: Client, limit: number): Row[] | undefined {
  const rows: Row[] = [];
  try {
    for (let more = true; more; ) {
      const page = workspace.changes(client.device.caller, { cursor: client.cursor ?? '', limit });
      rows.push(...page.rows);
      client.cursor = page.cursor;
      more = page.more;
    }
    return rows;
  } catch (error) {
    if (SyncError.is(error, 'server/cursor-too-old')) return undefined;
    throw error;
  }
}

function listAnew(workspace: Workspace, client: Client, limit: number): Row[] {
  const { caller } = client.device;
  const rows: Row[] = [];
  let page = workspace.tree(caller, { after: 0, limit });
  for (; ; page = workspace.tree(caller, { after: page.after, until: page.until, limit })) {
    rows.push(...page.rows);
    if (!page.more) break;
  }
  client.cursor = page.cursor;
  return rows;
}

function changeOf({ what, path, from, text }: Step, { device, tree }: Client): Change {
  const seen = tree.paths();
  const base = seen.get(path)?.sequence ?? 0;
  switch (what) {
    case 'file':
      return { path, base, put: device.file(text) };
    case 'folder':
      return { path, base, put: folderPut };
    case 'delete':
      return { path, base, delete: true };
    case 'move':
      return { path, base, from, fromBase: seen.get(from)?.sequence ?? 0 };
    default:
      return { path, base, attributes: { mtimeMs: text.length } };
  }
}

function kindOf(result: ChangeResult): 'done' | 'conflict' | 'error' {
  if ('sequence' in result) return 'done';
  return 'conflict' in result ? 'conflict' : 'error';
}

describe('the journal, against a model', () => {
  const clock = new TestClock();
  let workspaces: Workspaces;
  let count = 0;

  beforeAll(async () => {
    workspaces = await Workspaces.open({ data: ':memory:', now: clock.now });
  });
  afterAll(() => workspaces.close());

  it('sequences only grow, no update is lost, and from every cursor the feed leads to the same tree', async () => {
    let [conflicts, lists, moves, guestLists] = [0, 0, 0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 80 }),
        settings,
        fc.integer({ min: 1, max: 5 }),
        async (steps, kept, limit) => {
          const workspace = await workspaces.create({ name: `w${count++}`, settings: kept });
          const model = new Model();
          const clients = ['x', 'y', 'z'].map(
            (name): Client => ({ device: new TestDevice(workspaces, workspace, { name }), tree: new ReplayedTree(), cursor: undefined }),
          );
          const guest: Client = {
            device: new TestDevice(workspaces, workspace, { name: 'guest', rights: hidesB }),
            tree: new ReplayedTree(),
            cursor: undefined,
          };
          const past: Client[] = [];
          for (const one of steps) {
            clock.ms += one.hours * 3_600_000;
            if (one.hours > 1) await workspace.maintain({ nowMs: clock.ms, turn: async () => undefined, keepMs: 0, inlineMs: 0 });
            const client = clients[one.client] as Client;
            if (one.listens) listen(workspace, client, limit);
            if (one.listens && one.client === 0 && listen(workspace, guest, limit)) guestLists++;
            past.push({ ...client, tree: client.tree.copy() });
            const change = changeOf(one, client);
            const before = workspace.head;
            const { results, missing } = await client.device.commit([change], { inline: one.text === '' ? [] : [one.text] });
            const [result] = results as [ChangeResult];
            expect(missing).toEqual([]);
            expect(kindOf(result)).toBe(model.expects(change));
            if ('sequence' in result) {
              model.do(change, one.text, result.sequence);
              if ('from' in change) moves++;
              // What changed nothing is answered with the row that is there.
              expect(workspace.head).toBeGreaterThanOrEqual(before);
              expect(result.sequence).toBeLessThanOrEqual(workspace.head);
            } else {
              conflicts++;
              expect(workspace.head).toBe(before);
            }
          }
          for (const client of [...clients, ...past]) {
            if (client.cursor !== undefined && workspace.resume(client.cursor) === 'list') lists++;
            listen(workspace, client, limit);
            const told = [...client.tree.paths()].map(([at, { kind, sequence }]) => `${at} ${kind} ${sequence}`).sort();
            expect(told).toEqual([...model.entries].map(([at, { kind, sequence }]) => `${at} ${kind} ${sequence}`).sort());
          }
          if (listen(workspace, guest, limit)) guestLists++;
          const shown = [...model.entries].filter(([at, { kind }]) => (kind === 'folder' ? hidesB.sees(at) : hidesB.reads(at)));
          expect([...guest.tree.paths().keys()].sort()).toEqual(shown.map(([at]) => at).sort());
          const [reader] = clients as [Client];
          for (const { kind, text, sequence } of model.entries.values())
            if (kind === 'file') expect(await reader.device.text(sequence)).toBe(text);
          expect(await workspace.check({ readData: true, turn: async () => undefined })).toEqual([]);
          await workspaces.delete(workspace.id);
        },
      ),
      { numRuns: 40 },
    );
    // Else this would test less than it says.
    for (const often of [conflicts, lists, moves, guestLists]) expect(often).toBeGreaterThan(20);
  }, 60_000);
});
