const JOBS_PER_TASK = 32;
const BYTES_PER_TASK = 4 << 20;

/** Cuts work into tasks: many small files are one, a big file is one by itself. */
export function inParts<T>(all: readonly T[], bytesOf: (one: T) => number): T[][] {
  const parts: T[][] = [];
  let bytes = 0;
  for (const one of all) {
    const part = parts.at(-1);
    if (part === undefined || part.length === JOBS_PER_TASK || bytes + bytesOf(one) > BYTES_PER_TASK) {
      parts.push([one]);
      bytes = bytesOf(one);
    } else {
      part.push(one);
      bytes += bytesOf(one);
    }
  }
  return parts;
}
