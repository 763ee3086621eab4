import { describe, expect, it } from 'vitest';
import { ConflictResolution, parseConflictResolution } from './conflict-resolution.ts';
import { parseSyncMode, SyncMode } from './mode.ts';

/** Every way people write a name of several words. */
function spellings(constant: string): string[] {
  const words = constant.toLowerCase().split('_');
  const camel = words.map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join('');
  return [constant, words.join('-'), words.join('_'), camel, words.join(' '), camel.toUpperCase()];
}

const UNKNOWN = ['', 'both', 'constructor', '__proto__', 'toString', 'two ways', 'twoway!'];

describe('sync modes by name', () => {
  it.each(Object.entries(SyncMode))('%s', (constant, mode) => {
    for (const text of [...spellings(constant), mode]) expect(parseSyncMode(text)).toBe(mode);
  });

  it.each([
    ['tw', 'two-way'],
    ['std', 'source-to-destination'],
    ['mirror', 'source-to-destination'],
    ['sb', 'source-backup'],
    ['dts', 'destination-to-source'],
    ['db', 'destination-backup'],
    ['DB', 'destination-backup'],
  ])('%s for short', (alias, mode) => {
    expect(parseSyncMode(alias)).toBe(mode);
  });

  it.each(UNKNOWN)('%j is refused, and the message lists what there is', (text) => {
    const message = expect.stringContaining(`${JSON.stringify(text)}; use one of two-way, source-to-destination`);
    expect(() => parseSyncMode(text)).toThrow(expect.objectContaining({ code: 'config/invalid', message }));
  });
});

describe('conflict strategies by name', () => {
  it.each(Object.entries(ConflictResolution))('%s', (constant, resolution) => {
    for (const text of [...spellings(constant), resolution]) expect(parseConflictResolution(text)).toBe(resolution);
  });

  it.each([
    ['latest-wins', 'newest-wins'],
    ['KeepLocal', 'source-wins'],
    ['KeepRemote', 'destination-wins'],
    ['KeepBoth', 'keep-both'],
    ['ask', 'manual'],
    ['auto-merge', 'auto-merge'],
  ])('%s, as the seeds say', (alias, resolution) => {
    expect(parseConflictResolution(alias)).toBe(resolution);
  });

  it.each(UNKNOWN.filter((text) => text !== 'both'))('%j is refused, and the message lists what there is', (text) => {
    const message = expect.stringContaining(`${JSON.stringify(text)}; use one of newest-wins, source-wins`);
    expect(() => parseConflictResolution(text)).toThrow(expect.objectContaining({ code: 'config/invalid', message }));
  });
});
