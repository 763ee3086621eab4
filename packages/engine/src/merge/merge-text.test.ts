import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeContents, mergeText } from './merge-text.ts';
import { MERGE_BYTES_MAX } from './text.ts';

/** Failures print the seed, and the same seed runs again. */
const SEEDED = { seed: 20261121, numRuns: 500 };

const lines = (...list: string[]): string => list.map((line) => `${line}\n`).join('');
const byLines = (base: string, a: string, b: string) => mergeText({ base, a, b }, { words: false });
const byWords = (base: string, a: string, b: string) => mergeText({ base, a, b }, { words: true });
const OVERLAP = { reason: 'overlap' };

describe('two edits of one text', () => {
  const base = lines('one', 'two', 'three', 'four', 'five');
  it.each([
    ['different lines', lines('ONE', 'two', 'three', 'four', 'five'), lines('one', 'two', 'three', 'four', 'FIVE'), ['ONE', 'FIVE']],
    ['an insertion and a deletion', lines('new', 'one', 'two', 'three', 'four', 'five'), lines('one', 'two', 'three', 'five'), ['new']],
    [
      'both ends',
      lines('zero', 'one', 'two', 'three', 'four', 'five'),
      lines('one', 'two', 'three', 'four', 'five', 'six'),
      ['zero', 'six'],
    ],
    ['the same edit', lines('one', 'TWO', 'three', 'four', 'five'), lines('one', 'TWO', 'three', 'four', 'five'), ['TWO']],
  ])('%s', (_what, a, b, expected) => {
    const merged = byLines(base, a, b);
    expect(merged).toBe(byLines(base, b, a));
    for (const line of expected) expect(merged).toContain(`${line}\n`);
  });

  it('an edit that only one side made is taken as it is', () => {
    expect(byLines(base, base, '')).toBe('');
    expect(byLines('', 'new', '')).toBe('new');
    expect(byLines(base, lines('one'), base)).toBe(lines('one'));
  });

  it.each([
    ['the same line', lines('ONE', 'two'), lines('eins', 'two')],
    ['adjacent lines, as in git', lines('ONE', 'two'), lines('one', 'TWO')],
    ['two insertions at one place', lines('one', 'a', 'two'), lines('one', 'b', 'two')],
    ['a deleted and an edited line', lines('two'), lines('ONE', 'two')],
    ['two texts made from nothing', 'a', 'b'],
  ])('%s is no merge', (what, a, b) => {
    expect(byLines(what.endsWith('nothing') ? '' : lines('one', 'two'), a, b)).toEqual(OVERLAP);
  });

  it('line endings stay as they are, also mixed', () => {
    expect(byLines('a\r\nb\nc\r\nd\n', 'A\r\nb\nc\r\nd\n', 'a\r\nb\nc\r\nD\n')).toBe('A\r\nb\nc\r\nD\n');
    // A whole file that changed its endings has changed in every line.
    expect(byLines('a\nb\nc\n', 'a\r\nb\r\nc\r\n', 'a\nb\nC\n')).toEqual(OVERLAP);
  });

  it('a last line without an end stays so', () => {
    expect(byLines('a\nb\nc', 'A\nb\nc', 'a\nb\nc\n')).toBe('A\nb\nc\n');
    expect(byLines('a\nb\nc\nd', 'A\nb\nc\nd', 'a\nb\nc\nD')).toBe('A\nb\nc\nD');
  });

  it('characters outside the basic plane are counted as one', () => {
    const smile = '😀👩‍👩‍👧‍👦\n';
    expect(byLines(`${smile}x\n${smile}y\n`, `${smile}X𝒳\n${smile}y\n`, `${smile}x\n${smile}Y𝒴\n`)).toBe(`${smile}X𝒳\n${smile}Y𝒴\n`);
  });

  it('texts with almost nothing in common are not compared to the end', () => {
    const shuffled = (step: number): string => lines(...Array.from({ length: 8009 }, (_, at) => `line ${(at * step) % 8009}`));
    expect(byLines(shuffled(1), shuffled(4003), `${shuffled(1)}end\n`)).toEqual({ reason: 'too-different' });
  });
});

describe('a base that may be older than what both sides have in common', () => {
  const careful = (base: string, a: string, b: string) => mergeText({ base, a, b }, { words: true, careful: true });

  it('what looks like one edit in two places is no merge', () => {
    const [base, once, again] = [lines('a', 'b'), lines('b', 'b'), lines('a', 'b', 'b')];
    expect(byLines(base, once, again)).toBe(lines('b', 'b', 'b'));
    expect(careful(base, once, again)).toEqual({ reason: 'same-edit' });
  });

  it('other edits are merged', () => {
    const base = lines('one', 'two', 'three', '', 'four');
    const [a, b] = [lines('ONE', 'two', 'three', '', 'four', ''), lines('', 'one', 'two', 'three', '', 'vier')];
    expect(careful(base, a, lines('one', 'two', 'drei', '', 'four'))).toBe(lines('ONE', 'two', 'drei', '', 'four', ''));
    expect(careful(base, a, a)).toBe(a);
    expect(careful(base, base, b)).toBe(b);
  });
});

describe('prose is merged by words where lines meet', () => {
  const paragraph = 'The quick brown fox jumps over the lazy dog.\n';
  it('two edits in one paragraph', () => {
    expect(byLines(paragraph, paragraph.replace('quick', 'slow'), paragraph.replace('lazy', 'sleepy'))).toEqual(OVERLAP);
    expect(byWords(paragraph, paragraph.replace('quick', 'slow'), paragraph.replace('lazy', 'sleepy'))).toBe(
      'The slow brown fox jumps over the sleepy dog.\n',
    );
  });

  it('an edited line and a paragraph after it', () => {
    expect(byWords(paragraph, paragraph.replace('dog', 'cat'), `${paragraph}\nMore.\n`)).toBe(
      `${paragraph.replace('dog', 'cat')}\nMore.\n`,
    );
  });

  it.each([
    ['the same word', paragraph.replace('quick', 'slow'), paragraph.replace('quick', 'fast')],
    ['parts of one word', paragraph.replace('dog.', 'dog!'), paragraph.replace('dog.', 'cat.')],
    ['a sentence written anew around an edit', 'Five boxing wizards jump over the old gate.\n', paragraph.replace('lazy', 'sleepy')],
    ['a deleted paragraph', '', paragraph.replace('lazy', 'sleepy')],
  ])('%s is no merge', (_what, a, b) => {
    expect(byWords(paragraph, a, b)).toEqual(OVERLAP);
    expect(byWords(paragraph, b, a)).toEqual(OVERLAP);
  });
});

describe('files', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const merge = (path: string, base: Uint8Array, a: Uint8Array, b: Uint8Array) => mergeContents(path, { base, a, b });

  it('a byte order mark stays', () => {
    const merged = merge('a.ts', bytes('\ufeffa\nb\nc\n'), bytes('\ufeffA\nb\nc\n'), bytes('\ufeffa\nb\nC\n'));
    expect(merged).toEqual({ merged: bytes('\ufeffA\nb\nC\n') });
  });

  it('words for prose only', () => {
    const versions = [bytes('one two three\n'), bytes('ONE two three\n'), bytes('one two THREE\n')] as const;
    expect(merge('docs/a.MD', ...versions)).toEqual({ merged: bytes('ONE two THREE\n') });
    expect(merge('docs.md/a', ...versions)).toEqual(OVERLAP);
    expect(merge('a.py', ...versions)).toEqual(OVERLAP);
  });

  it.each([
    ['NUL', new Uint8Array([0x61, 0, 0x0a])],
    ['not UTF-8', new Uint8Array([0x61, 0xff, 0x0a])],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x61, 0])],
    ['an encoded surrogate', new Uint8Array([0xed, 0xa0, 0x80])],
  ])('%s is not text', (_what, odd) => {
    const text = bytes('a\n');
    expect(merge('a.txt', odd, text, text)).toEqual({ reason: 'not-text' });
    expect(merge('a.txt', text, odd, text)).toEqual({ reason: 'not-text' });
    expect(merge('a.txt', text, text, odd)).toEqual({ reason: 'not-text' });
  });

  it('one byte too many is too large', () => {
    const large = new Uint8Array(MERGE_BYTES_MAX).fill(0x61);
    expect(merge('a', large, large, bytes('b'))).toEqual({ merged: bytes('b') });
    expect(merge('a', new Uint8Array(MERGE_BYTES_MAX + 1).fill(0x61), large, large)).toEqual({ reason: 'too-large' });
  });
});

describe('every merge', () => {
  const word = fc.constantFrom('', 'a', 'b', '}', 'the', 'fox', 'é', '😀', ' x', '\tx ');
  const ending = fc.constantFrom('\n', '\n', '\n', '\r\n');
  const line = fc.tuple(fc.array(word, { maxLength: 6 }), ending).map(([words, end]) => words.join(' ') + end);
  const change = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 2 }),
    words: fc.array(fc.constantFrom('new', 'a', '}', '😎'), { maxLength: 3 }),
  });
  const script = fc.array(change, { maxLength: 4 });

  /** An edit of a base whose own lines are told by their names, and what it inserted. */
  function edited(base: readonly string[], changes: readonly { at: number; cut: number; words: readonly string[] }[], name: string) {
    const text = [...base];
    for (const [n, { at, cut, words }] of changes.entries()) {
      const inserted = words.map((each, i) => `${each} ${name}${n}${i}\n`);
      text.splice(at % (text.length + 1), cut, ...inserted);
    }
    return text;
  }

  const three = fc.tuple(fc.array(line, { minLength: 6, maxLength: 24 }), script, script, fc.boolean()).map(([base, forA, forB, open]) => {
    const close = (text: readonly string[]): string => (open ? text.join('').replace(/\n$/, '') : text.join(''));
    const [a, b] = [edited(base, forA, 'a'), edited(base, forB, 'b')];
    return { base: close(base), a: close(a), b: close(b), lines: { base, a, b } };
  });

  it.each([false, true])('converges from both sides, holds every inserted line, and makes the same edit once (words: %s)', (words) => {
    let merges = 0;
    fc.assert(
      fc.property(three, (versions) => {
        const { base, a, b } = versions;
        const merged = mergeText({ base, a, b }, { words });
        expect(mergeText({ base, a: b, b: a }, { words })).toEqual(merged);
        expect(mergeText({ base, a, b: base }, { words })).toBe(a);
        expect(mergeText({ base, a, b: a }, { words })).toBe(a);
        if (typeof merged !== 'string') return;
        merges += Number(a !== base && b !== base);
        const has = merged.split(/\r?\n/);
        const inserted = [...versions.lines.a, ...versions.lines.b].filter((text) => / [ab]\d\d\n$/.test(text));
        for (const text of inserted) expect(has).toContain(text.slice(0, -1));
      }),
      SEEDED,
    );
    expect(merges).toBeGreaterThan(SEEDED.numRuns / 10);
  });

  it('leaves out what one side deleted, and keeps the rest in order', () => {
    const numbered = fc.integer({ min: 1, max: 20 }).map((count) => Array.from({ length: count }, (_, at) => `line ${at}\n`));
    let merges = 0;
    fc.assert(
      fc.property(numbered, script, script, (base, forA, forB) => {
        const [a, b] = [edited(base, forA, 'a'), edited(base, forB, 'b')];
        const merged = byLines(base.join(''), a.join(''), b.join(''));
        if (typeof merged !== 'string') return;
        merges++;
        const kept = base.filter((text) => a.includes(text) && b.includes(text)).join('');
        const ofBase = merged.match(/line \d+\n/g) ?? [];
        expect(ofBase.join('')).toBe(kept);
      }),
      SEEDED,
    );
    expect(merges).toBeGreaterThan(SEEDED.numRuns / 10);
  });
});
