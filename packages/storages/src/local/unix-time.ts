/**
 * An mtime for the `utimes` family of node:fs. It takes seconds, and turns a negative number into the time of now: only
 * as text do times before 1970 pass.
 */
export function unixTime(ms: number): number | string {
  const seconds = ms / 1000;
  return seconds < 0 ? String(seconds) : seconds;
}
