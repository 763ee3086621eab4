import { type TextOp, type as textType } from 'ot-text-unicode';

/** A replacement in a base text: `length` UTF-16 units at `at` become `insert`. */
export interface TextEdit {
  readonly at: number;
  readonly length: number;
  readonly insert: string;
}

/**
 * Brings two sets of edits of one text together by operational transformation (the text type of ShareJS, ot-text-unicode):
 * each set becomes an operation, and each is transformed against the other. That both ways around lead to the same text is
 * its property TP1, and is checked. No edit of one set overlaps or touches one of the other.
 */
export function mergeEdits(base: string, a: readonly TextEdit[], b: readonly TextEdit[]): string {
  const [opA, opB] = [operationOf(base, a), operationOf(base, b)];
  const aFirst = textType.apply(textType.apply(base, opA), textType.transform(opB, opA, 'right'));
  const bFirst = textType.apply(textType.apply(base, opB), textType.transform(opA, opB, 'left'));
  if (aFirst !== bFirst) throw new TypeError('two operations do not converge');
  return aFirst;
}

/** Operations count code points, not UTF-16 units. */
function operationOf(base: string, edits: readonly TextEdit[]): TextOp {
  const op: TextOp = [];
  let done = 0;
  for (const { at, length, insert } of edits) {
    op.push(codePoints(base.slice(done, at)), { d: codePoints(base.slice(at, at + length)) }, insert);
    done = at + length;
  }
  return textType.normalize(op);
}

function codePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) count--;
  return count;
}
