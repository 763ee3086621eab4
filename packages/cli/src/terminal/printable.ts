/** C0 and C1 controls, line separators and the marks that turn the direction of text round. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const UNSAFE_ALL = new RegExp(UNSAFE, 'g');
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x1b': '\\e' };

/**
 * A name or message as it can stand in one line of a terminal: what would move the cursor, start a control sequence or
 * reorder the line is written as an escape. A name without any of that is shown as it is, backslashes included.
 */
export function printable(text: string): string {
  if (!UNSAFE.test(text)) return text;
  return text.replaceAll('\\', '\\\\').replace(UNSAFE_ALL, escapeOf);
}

function escapeOf(character: string): string {
  const code = character.charCodeAt(0);
  return SHORT[character] ?? (code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`);
}
