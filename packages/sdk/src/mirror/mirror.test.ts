import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mirror, type MirrorRow } from './mirror.ts';

let sequences = 0;

function row(id: number, parent: number, name: string, change: Partial<MirrorRow> = {}): MirrorRow {
  const facts = { size: 0, mtimeMs: 0, mode: undefined, hash: undefined, target: undefined, chunks: 0, deleted: false };
  return { sequence: ++sequences, id, parent, name, kind: 'folder', ...facts, ...change };
}

function pathsOf(mirror: Mirror): string[] {
  const paths: string[] = [];
  const walk = (path: string): void => {
    for (const [name, { id }] of mirror.find(path)?.children ?? []) {
      const child = path === '' ? name : `${path}/${name}`;
      expect(mirror.pathOf(id)).toBe(child);
      paths.push(child);
      walk(child);
    }
  };
  walk('');
  return paths.sort();
}

describe('Mirror', () => {
  it('finds entries by path and by id; a renamed folder is one row, whatever it holds', () => {
    const mirror = new Mirror();
    mirror.apply([row(1, 0, 'a'), row(2, 1, 'b'), row(3, 2, 'c', { kind: 'file', size: 5 })]);
    expect(mirror.find('a/b/c')).toMatchObject({ id: 3, size: 5 });
    expect(mirror.find('a/x')).toBeUndefined();
    expect(mirror.find('a/b/c/d')).toBeUndefined();
    expect(mirror.apply([row(1, 0, 'z')])).toEqual(['a', 'z']);
    expect(mirror.find('z/b/c')?.id).toBe(3);
    expect(mirror.pathOf(3)).toBe('z/b/c');
    expect(mirror.find('a')).toBeUndefined();
  });

  it('rows may name a folder of which the row comes later: what is in it shows then', () => {
    const mirror = new Mirror();
    expect(mirror.apply([row(5, 4, 'file')])).toEqual([]);
    expect(pathsOf(mirror)).toEqual([]);
    expect(mirror.apply([row(4, 0, 'folder')])).toEqual(['folder']);
    expect(pathsOf(mirror)).toEqual(['folder', 'folder/file']);
  });

  it('a swap needs no order within a batch', () => {
    const mirror = new Mirror();
    mirror.apply([row(1, 0, 'a'), row(2, 0, 'b'), row(3, 1, 'in-a')]);
    mirror.apply([row(1, 0, 'b'), row(2, 0, 'a')]);
    expect(pathsOf(mirror)).toEqual(['a', 'b', 'b/in-a']);
  });

  it('a deleted folder takes along what is in it, but not what left it in the same batch', () => {
    const mirror = new Mirror();
    mirror.apply([row(1, 0, 'a'), row(2, 1, 'b'), row(3, 2, 'c'), row(4, 2, 'saved')]);
    expect(mirror.apply([row(1, 0, 'a', { deleted: true }), row(4, 0, 'saved')]).sort()).toEqual(['a', 'a/b/saved', 'saved']);
    expect(pathsOf(mirror)).toEqual(['saved']);
    expect([mirror.byId(2), mirror.byId(3)]).toEqual([undefined, undefined]);
    expect(mirror.size).toBe(1);
  });

  it('folders that lie in each other between two pages hang nowhere, and nobody waits for the end of their path', () => {
    const mirror = new Mirror();
    mirror.apply([row(1, 2, 'a'), row(2, 1, 'b')]);
    expect(mirror.pathOf(1)).toBeUndefined();
    expect(pathsOf(mirror)).toEqual([]);
    mirror.apply([row(1, 0, 'a')]);
    expect(pathsOf(mirror)).toEqual(['a', 'a/b']);
  });

  it('whatever happened, and however much of it comes at once: the newest rows of entries make the tree', () => {
    const step = fc.record({
      act: fc.constantFrom('make', 'move', 'delete'),
      a: fc.nat(),
      b: fc.nat(),
      name: fc.constantFrom('x', 'y', 'z'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, since) => {
        const server = new Tree();
        for (const { act, a, b, name } of steps) server.act(act, { a, b, name });
        const mirror = new Mirror();
        // A client that knows everything up to some point, and learns the rest at once.
        const known = since % (server.journal.length + 1);
        for (const one of server.journal.slice(0, known)) mirror.apply([one]);
        mirror.apply(newestOf(server.journal.slice(known)));
        expect(pathsOf(mirror)).toEqual(server.paths());
      }),
    );
  });
});

/** The newest row of each entry. */
function newestOf(rows: readonly MirrorRow[]): MirrorRow[] {
  return [...new Map(rows.map((one) => [one.id, one])).values()].sort((a, b) => a.sequence - b.sequence);
}

/** A plain tree with a journal, as a server keeps it: names are unique in a folder, and nothing is moved into itself. */
class Tree {
  readonly journal: MirrorRow[] = [];
  readonly #living = new Map<number, MirrorRow>();
  #ids = 0;

  act(act: string, { a, b, name }: { a: number; b: number; name: string }): void {
    const ids = [...this.#living.keys()];
    const entry = this.#living.get(ids[a % Math.max(1, ids.length)] ?? -1);
    const parent = [0, ...ids][b % (ids.length + 1)] ?? 0;
    const isTaken = [...this.#living.values()].some((one) => one.parent === parent && one.name === name);
    if (act === 'make' && !isTaken) this.#write(row(++this.#ids, parent, name));
    if (entry === undefined) return;
    if (act === 'move' && !isTaken && !this.#isWithin(entry.id, parent)) this.#write({ ...entry, sequence: ++sequences, parent, name });
    const isEmpty = ![...this.#living.values()].some((one) => one.parent === entry.id);
    if (act === 'delete' && isEmpty) this.#write({ ...entry, sequence: ++sequences, deleted: true });
  }

  paths(): string[] {
    const pathOf = (one: MirrorRow): string =>
      one.parent === 0 ? one.name : `${pathOf(this.#living.get(one.parent) as MirrorRow)}/${one.name}`;
    return [...this.#living.values()].map(pathOf).sort();
  }

  #isWithin(folder: number, id: number): boolean {
    for (let at: number | undefined = id; at !== undefined && at !== 0; at = this.#living.get(at)?.parent) if (at === folder) return true;
    return false;
  }

  #write(one: MirrorRow): void {
    this.journal.push(one);
    if (one.deleted) this.#living.delete(one.id);
    else this.#living.set(one.id, one);
  }
}
