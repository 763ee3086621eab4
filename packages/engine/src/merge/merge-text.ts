import { diffTokens, type Hunk } from './hunks.ts';
import { isSettled, type Region, regionsOf } from './regions.ts';
import { SameEdit } from './same-edit.ts';
import { decodeText, encodeText, isProse, MERGE_BYTES_MAX, splitLines, splitWords } from './text.ts';
import { mergeEdits, type TextEdit } from './text-edit.ts';

/** Why two versions are not merged. */
export type NoMerge = 'overlap' | 'same-edit' | 'not-text' | 'too-large' | 'too-different';

/** The contents of one file: what both sides last agreed on, and what each side made of it. */
export interface Versions<T> {
  readonly base: T;
  readonly a: T;
  readonly b: T;
}

/**
 * Merges two edited versions of a file, as `git merge-file` does, and never with conflict markers.
 *
 * Each side's edit is found by lines. Edits in different places are transformed against each other and both applied. Where edits of both
 * sides overlap or touch (adjacent lines, two insertions at one place), a file of code is not merged, as in git; in prose, judged by
 * the ending of the path, that stretch is compared again by words. Where a change of both sides is the same, it is made once.
 *
 * So where git merges cleanly, this does; the text is the same unless lines that repeat let an edit be read in several
 * equally short ways. Every line or word that a side inserted is in the outcome, each that only one side deleted is not. `a` and `b`
 * are interchangeable. Encoding, byte order mark and line endings stay, as they are part of the lines.
 */
export function mergeContents(
  path: string,
  versions: Versions<Uint8Array>,
  options: Pick<MergeOptions, 'careful'> = {},
): { readonly merged: Uint8Array } | { readonly reason: NoMerge } {
  const { base, a, b } = versions;
  if ([base, a, b].some((bytes) => bytes.length > MERGE_BYTES_MAX)) return { reason: 'too-large' };
  const [textBase, textA, textB] = [decodeText(base), decodeText(a), decodeText(b)];
  if (textBase === undefined || textA === undefined || textB === undefined) return { reason: 'not-text' };
  const text = mergeText({ base: textBase, a: textA, b: textB }, { ...options, words: isProse(path) });
  return typeof text === 'string' ? { merged: encodeText(text) } : text;
}

export interface MergeOptions {
  /** Compare again by words where edits meet in a line. */
  readonly words: boolean;
  /** Refuse what looks like the same edit in different places; for a base that may be older than what both have in common. */
  readonly careful?: boolean | undefined;
}

/** The same for texts. */
export function mergeText(
  { base, a, b }: Versions<string>,
  { words, careful = false }: MergeOptions,
): string | { readonly reason: NoMerge } {
  const lines = splitLines(base);
  const regions = compare({ base: lines, a: splitLines(a), b: splitLines(b) });
  if (regions === undefined) return { reason: 'too-different' };
  const edits = new Edits(base);
  for (const region of regions) {
    if (isSettled(region)) edits.add(region, { tokens: lines, at: 0 });
    else if (!words || !addWords(edits, region, lines)) return { reason: 'overlap' };
  }
  return careful && edits.same.isLikely ? { reason: 'same-edit' } : mergeEdits(base, edits.a, edits.b);
}

/** Where a region's tokens stand in the base. */
interface Place {
  readonly tokens: readonly string[];
  /** Offset of the first of them. */
  readonly at: number;
}

/** What each side did to the base. */
class Edits {
  readonly a: TextEdit[] = [];
  readonly b: TextEdit[] = [];
  readonly same: SameEdit;
  readonly #offsets = new Map<readonly string[], readonly number[]>();

  constructor(base: string) {
    this.same = new SameEdit(base);
  }

  /** What both sides changed in the same way counts as one side's edit, so that it is made once. */
  add(region: Region, { tokens, at }: Place): void {
    const start = this.offset(tokens, region.start);
    const place = { at: at + start, length: this.offset(tokens, region.end) - start };
    if (region.by === 'b') this.b.push({ ...place, insert: region.b.join('') });
    else this.a.push({ ...place, insert: region.a.join('') });
    this.same.note(region, tokens);
  }

  /** Where a token begins, or where the last one ends. */
  offset(tokens: readonly string[], index: number): number {
    const offsets = this.#offsets.get(tokens) ?? offsetsOf(tokens);
    this.#offsets.set(tokens, offsets);
    return offsets[index] as number;
  }
}

/** @returns false when both sides changed the same words */
function addWords(edits: Edits, { start, end, a, b }: Region, lines: readonly string[]): boolean {
  const tokens = splitWords(lines.slice(start, end).join(''));
  const regions = compare({ base: tokens, a: splitWords(a.join('')), b: splitWords(b.join('')) }, joinAcrossSpaces);
  if (regions === undefined || !regions.every(isSettled)) return false;
  const at = edits.offset(lines, start);
  for (const region of regions) edits.add(region, { tokens, at });
  return true;
}

type Refine = (base: readonly string[], hunks: readonly Hunk[]) => readonly Hunk[];

function compare({ base, a, b }: Versions<readonly string[]>, refine: Refine = (_, hunks) => hunks): Region[] | undefined {
  const [hunksA, hunksB] = [diffTokens(base, a), diffTokens(base, b)];
  if (hunksA === undefined || hunksB === undefined) return undefined;
  return regionsOf({ tokens: a, hunks: refine(base, hunksA) }, { tokens: b, hunks: refine(base, hunksB) });
}

/** A space that stays says nothing: a sentence that was written anew is one edit, not one for each of its words. */
function joinAcrossSpaces(base: readonly string[], hunks: readonly Hunk[]): Hunk[] {
  const joined: Hunk[] = [];
  for (const hunk of hunks) {
    const before = joined.at(-1);
    const isApart = before === undefined || base.slice(before.end, hunk.start).some((word) => word.trim() !== '');
    if (isApart) joined.push(hunk);
    else joined.splice(-1, 1, { start: before.start, end: hunk.end, from: before.from, to: hunk.to });
  }
  return joined;
}

/** Where each token begins, and where the last one ends. */
function offsetsOf(tokens: readonly string[]): number[] {
  const offsets = [0];
  for (const token of tokens) offsets.push((offsets.at(-1) as number) + token.length);
  return offsets;
}
