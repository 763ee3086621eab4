import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { ConflictQuestion, Entry } from '@cloudsync/engine';
import { openStorage } from '@cloudsync/storages';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askingHandler } from './asked-answers.ts';

const DOWN = '\x1b[B';
const ENTER = '\r';
const CTRL_C = '\x03';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'asked-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A person at a terminal: types the keys, one for each time the screen waits for one. */
function person(keys: readonly string[]) {
  const input = new PassThrough();
  const output = new PassThrough();
  const left = [...keys];
  const screen = { text: '', gaveUp: false };
  output.setEncoding('utf8').on('data', (text: string) => {
    screen.text += text;
    // Whatever is drawn is answered with the next key.
    if (left.length > 0) setImmediate(() => left.length > 0 && input.write(left.shift()));
  });
  const [source, destination] = [openStorage(join(dir, 'a')), openStorage(join(dir, 'b'))];
  const onGiveUp = (): void => {
    screen.gaveUp = true;
  };
  return { screen, handler: askingHandler({ source, destination, columns: 80, streams: { input, output }, onGiveUp }) };
}

function question(path: string, source?: Partial<Entry>): ConflictQuestion {
  const side: Entry = { path, kind: 'file', size: 70_000, mtimeMs: 0, ...source };
  return { kind: 'both-changed', path, message: 'changed on both sides', source: side, destination: { ...side, size: 80_000 } };
}

describe('one conflict', () => {
  test.each([
    ['source', [ENTER]],
    ['destination', [DOWN, ENTER]],
    ['both', [DOWN, DOWN, ENTER]],
    ['skip', [DOWN, DOWN, DOWN, DOWN, ENTER]],
  ])('%s', async (answer, keys) => {
    const { screen, handler } = person(keys);
    expect(await handler(question('notes\n.bin'))).toBe(answer);
    expect(screen.text).toContain('notes\\n.bin');
    expect(screen.text).toContain('68 KiB, changed 1970-01-01');
  });

  test('a merged file is read', async () => {
    writeFileSync(join(dir, 'm'), 'merged');
    const { handler } = person([DOWN, DOWN, DOWN, ENTER, join(dir, 'm'), ENTER]);
    expect(await handler(question('x'))).toEqual({ merged: Buffer.from('merged') });
  });
});

test('small texts are shown with their differences', async () => {
  for (const [side, text] of [
    ['a', 'same\nold\x1b[31m\n'],
    ['b', 'same\nnew\n'],
  ] as const) {
    mkdirSync(join(dir, side));
    writeFileSync(join(dir, side, 'x'), text);
  }
  const { screen, handler } = person([ENTER]);
  const [source, destination] = await Promise.all(['a', 'b'].map((side) => openStorage(join(dir, side)).stat('x')));
  await handler({ ...question('x'), source, destination });
  expect(screen.text).toContain('- old\\e[31m');
  expect(screen.text).toContain('+ new');
});

test('giving up skips this conflict and all that follow, without asking', async () => {
  const { screen, handler } = person([CTRL_C]);
  expect(await Promise.all([handler(question('one')), handler(question('two'))])).toEqual(['skip', 'skip']);
  expect(screen.gaveUp).toBe(true);
  expect(screen.text).not.toContain('two');
});

test('several questions at once are asked one after the other', async () => {
  const { handler } = person([ENTER, DOWN, ENTER]);
  expect(await Promise.all([handler(question('one')), handler(question('two'))])).toEqual(['source', 'destination']);
});
