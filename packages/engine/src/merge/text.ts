/** Larger files are not merged: nobody edits them by hand, and comparing them costs seconds. */
export const MERGE_BYTES_MAX = 1024 * 1024;

const encoder = new TextEncoder();

/**
 * The text of a file that can be merged: UTF-8 without NUL, at most {@link MERGE_BYTES_MAX}. A byte order mark and the line
 * endings stay in it as they are, so encoding the text again gives the same bytes.
 * @returns undefined when the bytes are no such text
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes.length > MERGE_BYTES_MAX || bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Each line with its own ending; only `\n` and `\r\n` end a line, as in git. The last one may have none. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

/** Runs of what is not white space, runs of white space inside a line, and line endings. Joined they are the text. */
export function splitWords(text: string): string[] {
  return text.match(/\r?\n|[^\S\n]+?(?=\r?\n|\S|$)|\S+/g) ?? [];
}

/** Files in which a line is a paragraph, so that two people edit one line without touching the same word. */
const PROSE = new Set([
  'adoc',
  'asciidoc',
  'latex',
  'markdown',
  'md',
  'mdown',
  'mdx',
  'mkd',
  'org',
  'rst',
  'tex',
  'text',
  'textile',
  'txt',
  'typ',
  'wiki',
]);

export function isProse(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot >= 0 && PROSE.has(name.slice(dot + 1).toLowerCase());
}
