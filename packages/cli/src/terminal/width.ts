/** Takes no column of its own: combining marks, joiners, variation selectors, skin tones. */
const ZERO = /^(\p{M}|[\u200b-\u200d\u2060\ufeff]|[\u{1f3fb}-\u{1f3ff}])$/u;

/** Takes two columns: emoji, and the wide and full-width blocks of Unicode's EastAsianWidth.txt. */
const WIDE =
  /^(\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}])$/u;

/** Columns that one character takes in a terminal. Never less than what a terminal uses, so a line that fits never wraps. */
function widthOf(character: string): number {
  const code = character.codePointAt(0) as number;
  if (code < 0x300) return 1;
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Columns that a printable text takes in a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** Cuts the front of a path so that its end, which says most, fits into `columns`. */
export function shortenFront(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns < 1) return '';
  const characters = [...text];
  let width = 1;
  let start = characters.length;
  for (; start > 0; start--) {
    width += widthOf(characters[start - 1] as string);
    if (width > columns) break;
  }
  return `…${characters.slice(start).join('')}`;
}

/** Cuts the end of a line that does not fit into `columns`. */
export function shortenEnd(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let width = 1;
  let kept = '';
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept}…`;
}

/** Pads with spaces to `columns`; a longer text stays as it is. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}
