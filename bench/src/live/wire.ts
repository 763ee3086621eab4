import { findProgram, outputOf } from '../programs.ts';

export interface WireBytes {
  /** Towards the listening ports: what the first device sends. */
  readonly up: number;
  readonly down: number;
}

/**
 * Bytes that went through TCP connections which came to these ports, as the kernel counts them (`ss` of iproute2): a proxy that counts
 * would take its share of two cores. Connections that have ended are not counted.
 * @returns undefined where there is no `ss`
 */
export function wireBytes(ports: readonly number[]): WireBytes | undefined {
  const ss = findProgram('ss');
  if (ss === undefined) return undefined;
  const filter = ports.map((port) => `sport = :${port}`).join(' or ');
  const text = outputOf(ss, '-tinH', 'state', 'established', `( ${filter} )`);
  return { up: sum(text, /bytes_received:(\d+)/g), down: sum(text, /bytes_sent:(\d+)/g) };
}

function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
}
