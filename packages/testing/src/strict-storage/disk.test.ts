import { MACOS_NAMES } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { bytesOf, textOf } from '../content.ts';
import { Random } from '../random.ts';
import { Disk, type DiskTraits } from './disk.ts';

function newDisk(traits: Partial<DiskTraits> = {}): Disk {
  return new Disk({ now: () => Date.UTC(2026, 0, 1, 0, 0, 1, 500), traits });
}

function write(disk: Disk, path: string, text: string, actor: 'user' | 'engine' = 'engine'): void {
  disk.put(path, { kind: 'file', bytes: bytesOf(text) }, actor);
}

function read(disk: Disk, path: string): string | undefined {
  const node = disk.find(path)?.node;
  return node?.kind === 'file' ? textOf(node.bytes) : undefined;
}

describe('Disk', () => {
  it('loses power: some moment since the last flush survives, whole, and never an older one', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const disk = newDisk();
      write(disk, 'safe', 'flushed');
      disk.flush();
      write(disk, 'a', 'first');
      write(disk, 'a', 'second');
      disk.move('a', 'b', 'engine');
      const report = disk.crash(new Random(seed));
      expect(read(disk, 'safe')).toBe('flushed');
      outcomes.add(JSON.stringify([read(disk, 'a'), read(disk, 'b')]));
      expect(report.lostChanges).toBeLessThanOrEqual(3);
      expect(disk.unflushedChanges).toBe(0);
    }
    expect(outcomes).toEqual(new Set(['[null,null]', '["first",null]', '["second",null]', '[null,"second"]']));
  });

  it('a flush makes everything survive', () => {
    for (let seed = 0; seed < 10; seed++) {
      const disk = newDisk();
      write(disk, 'a', 'content');
      disk.flush();
      expect(disk.crash(new Random(seed))).toMatchObject({ lostChanges: 0, lostUserChanges: 0 });
      expect(read(disk, 'a')).toBe('content');
    }
  });

  it('keeps what the engine replaces or deletes in the trash, and not what a user does', () => {
    const disk = newDisk();
    write(disk, 'a', 'first');
    write(disk, 'a', 'second');
    disk.remove('a', 'engine');
    write(disk, 'b', 'by a user', 'user');
    disk.remove('b', 'user');
    expect(disk.trash.map(({ node }) => (node.kind === 'file' ? textOf(node.bytes) : ''))).toEqual(['first', 'second']);
    expect(disk.engineChanges).toBe(3);
  });

  it('spells and finds names as its traits say', () => {
    const mac = newDisk({ names: MACOS_NAMES, decomposesNames: true });
    write(mac, 'Caf\u00e9', 'content');
    expect([...mac.all()].map(({ path }) => path)).toEqual(['Cafe\u0301']);
    expect(read(mac, 'caf\u00e9')).toBe('content');
    mac.move('cafe\u0301', 'CAF\u00c9', 'user');
    expect([...mac.all()].map(({ path }) => path)).toEqual(['CAFE\u0301']);
  });

  it('rounds mtimes down to its step', () => {
    const disk = newDisk({ mtimeStepMs: 2000 });
    disk.put('a', { kind: 'file', bytes: bytesOf(''), mtimeMs: 1_700_000_003_999.5 }, 'user');
    expect(disk.entry('a')?.mtimeMs).toBe(1_700_000_002_000);
  });

  it('tells versions apart by change, by content, or not at all', () => {
    const versionsAfter = (versions: DiskTraits['versions']): (string | undefined)[] => {
      const disk = newDisk({ versions });
      write(disk, 'a', 'one');
      const first = disk.entry('a')?.version;
      disk.setAttributes('a', { mode: 0o755 }, 'user');
      const second = disk.entry('a')?.version;
      write(disk, 'a', 'two', 'user');
      return [first, second, disk.entry('a')?.version];
    };
    const [change, content] = [versionsAfter('change'), versionsAfter('content')];
    expect(new Set(change).size).toBe(3);
    expect(content[0]).toBe(content[1]);
    expect(content[2]).not.toBe(content[1]);
    expect(versionsAfter('none')).toEqual([undefined, undefined, undefined]);
  });

  it('is another disk after a replacement', () => {
    const disk = newDisk();
    const { tree, identity } = disk;
    write(disk, 'a', 'content');
    disk.replaceWith(tree);
    expect(disk.identity).not.toBe(identity);
    expect([...disk.all()]).toEqual([]);
  });
});
