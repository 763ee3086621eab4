/**
 * Tokens of one text with a mark on each that the other text has not. Between two unmarked tokens lies a *group* of marked
 * ones, which may be empty; the unmarked tokens of both texts are the same, so their groups belong to each other one by one.
 */
export interface Marked {
  readonly tokens: readonly string[];
  /** 1: changed. */
  readonly marks: Uint8Array;
}

/**
 * Gives every group of changed tokens its canonical place. A group between equal tokens can stand in several: it joins the
 * groups that it meets on its way, takes the lowest place beside a change of the other text, and where there is none the lowest
 * of all. This is what git does after its diff, so that two edits of one base agree on where. (Described in the comments of
 * git's `xdiff`; there it is called compaction.)
 */
export function slideGroups(text: Marked, other: Marked): void {
  const group = new Group(text);
  const beside = new Group(other);
  do {
    if (!group.isEmpty) settle(group, beside);
  } while (group.next() && beside.next());
}

function settle(group: Group, beside: Group): void {
  let size: number;
  let isBeside: boolean;
  do {
    size = group.size;
    while (group.slideUp()) beside.previous();
    isBeside = !beside.isEmpty;
    while (group.slideDown()) {
      beside.next();
      isBeside ||= !beside.isEmpty;
    }
    // It grows when it joins another, and may then go further.
  } while (group.size !== size);
  while (isBeside && beside.isEmpty && group.slideUp()) beside.previous();
}

/** A group of a text, moved along from the first to the last. */
class Group {
  readonly #text: Marked;
  #start = 0;
  #end = 0;

  constructor(text: Marked) {
    this.#text = text;
    this.#growDown();
  }

  get size(): number {
    return this.#end - this.#start;
  }

  get isEmpty(): boolean {
    return this.#end === this.#start;
  }

  next(): boolean {
    if (this.#end === this.#text.tokens.length) return false;
    this.#start = this.#end = this.#end + 1;
    this.#growDown();
    return true;
  }

  previous(): boolean {
    if (this.#start === 0) return false;
    this.#end = this.#start = this.#start - 1;
    this.#growUp();
    return true;
  }

  slideUp(): boolean {
    const { tokens, marks } = this.#text;
    if (this.#start === 0 || this.isEmpty || tokens[this.#start - 1] !== tokens[this.#end - 1]) return false;
    marks[--this.#start] = 1;
    marks[--this.#end] = 0;
    this.#growUp();
    return true;
  }

  slideDown(): boolean {
    const { tokens, marks } = this.#text;
    if (this.#end === tokens.length || this.isEmpty || tokens[this.#start] !== tokens[this.#end]) return false;
    marks[this.#start++] = 0;
    marks[this.#end++] = 1;
    this.#growDown();
    return true;
  }

  #growUp(): void {
    while (this.#start > 0 && this.#text.marks[this.#start - 1] === 1) this.#start--;
  }

  #growDown(): void {
    while (this.#text.marks[this.#end] === 1) this.#end++;
  }
}
