import { describe, expect, it } from 'vitest';
import { loadSyncPairsFromJson, parsePairLiteral, type SyncPairConfig } from './pair-config.ts';

const NOTHING_SAID: Omit<SyncPairConfig, 'source' | 'destination'> = {
  name: undefined,
  syncMode: 'two-way',
  conflictResolution: undefined,
  comparisonMode: undefined,
  initial: undefined,
  ignore: [],
};

/** The message of the refusal; its code is the one for wrong configuration. */
function refusal(run: () => unknown): string {
  let caught: unknown;
  try {
    run();
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject({ name: 'SyncError', code: 'config/invalid' });
  const { message } = caught as Error;
  expect(message).not.toContain('\n');
  return message;
}

describe('a pairs file', () => {
  it('is a list, or an object with a list', () => {
    const pair = { local: '/a', remote: '/b' };
    const expected = [{ ...NOTHING_SAID, source: '/a', destination: '/b' }];
    expect(loadSyncPairsFromJson(JSON.stringify([pair]))).toEqual(expected);
    expect(loadSyncPairsFromJson(JSON.stringify({ pairs: [pair] }))).toEqual(expected);
    expect(loadSyncPairsFromJson('[]')).toEqual([]);
  });

  it('says everything about a pair, in the seed’s words and in ours', () => {
    const said = {
      name: 'docs',
      source: '/a',
      destination: '/b',
      syncMode: 'source-backup',
      conflictResolution: 'keep-both',
      comparisonMode: 'size-only',
      initial: 'source-wins',
      ignore: ['*.tmp'],
    };
    const words = [
      said,
      {
        alias: 'docs',
        local: '/a',
        remote: '/b',
        mode: 'SOURCE_BACKUP',
        conflict: 'KeepBoth',
        compare: 'sizeOnly',
        initial: 'source-wins',
        ignore: ['*.tmp'],
      },
    ];
    expect(loadSyncPairsFromJson(JSON.stringify(words))).toEqual([said, said]);
  });

  it('may hold many pairs, in order', () => {
    const pairs = ['a', 'b', 'c'].map((name) => ({ name, local: `/${name}`, remote: '/x' }));
    expect(loadSyncPairsFromJson(JSON.stringify(pairs)).map((pair) => pair.name)).toEqual(['a', 'b', 'c']);
  });
});

describe('what is wrong with a pairs file is said: which pair, and why', () => {
  const good = { local: '/a', remote: '/b' };
  it.each<[string, unknown, readonly (string | RegExp)[]]>([
    ['a number', 5, [/expected \[ … \] or \{ "pairs"/]],
    ['null', null, [/expected \[ … \]/]],
    ['an object without pairs', { pair: [] }, [/expected \[ … \]/]],
    ['pairs that are no list', { pairs: {} }, [/expected \[ … \]/]],
    ['a pair that is no object', [good, 'x'], ['pair 2', /object/]],
    ['a missing side', [good, { local: '/a' }], ['pair 2', '"remote"']],
    ['an empty side', [{ local: '', remote: '/b' }], ['pair 1', 'local', /empty/]],
    ['a side that is no text', [good, good, { local: '/a', remote: 5 }], ['pair 3', 'remote', /string/]],
    ['a misspelt key', [{ ...good, ingore: ['*.tmp'] }], ['pair 1', 'ingore']],
    ['patterns that are no list', [{ ...good, ignore: '*.tmp' }], ['pair 1', 'ignore', /array/]],
    ['a pattern that is no text', [{ ...good, ignore: ['*.tmp', 7] }], ['pair 1', 'ignore.1', /string/]],
    ['an unknown initial sync', [{ ...good, initial: 'union' }], ['pair 1', 'initial', 'merge', 'source-wins']],
    ['an unknown mode', [good, { ...good, name: 'photos', syncMode: 'sideways' }], ['pair 2 (photos)', '"sideways"', 'two-way']],
    ['an unknown strategy', [{ ...good, conflict: 'coin' }], ['pair 1', '"coin"', 'newest-wins']],
    ['an unknown comparison', [{ ...good, compare: 'smell' }], ['pair 1', '"smell"', 'hash-only']],
    ['a named pair', [{ ...good, name: 'photos', extra: 1 }], ['pair 1 (photos)', 'extra']],
  ])('%s', (_what, value, parts) => {
    const message = refusal(() => loadSyncPairsFromJson(JSON.stringify(value)));
    for (const part of parts) expect(message).toMatch(part);
  });

  it.each(['', '{', '[{]', 'local: a'])('%j is no JSON', (text) => {
    expect(refusal(() => loadSyncPairsFromJson(text))).toMatch(/not JSON/);
  });
});

describe('a pair as one word', () => {
  it.each<[string, string, string, string]>([
    ['/src:twoWay:/dst', '/src', 'two-way', '/dst'],
    ['/src:/dst', '/src', 'two-way', '/dst'],
    ['./a:mirror:../b', './a', 'source-to-destination', '../b'],
    ['~/docs:sb:/media/usb/docs', '~/docs', 'source-backup', '/media/usb/docs'],
    ['/a b:DESTINATION_TO_SOURCE:/c d', '/a b', 'destination-to-source', '/c d'],
    ['C:\\docs:tw:D:\\backup', 'C:\\docs', 'two-way', 'D:\\backup'],
    ['C:/docs:D:/backup', 'C:/docs', 'two-way', 'D:/backup'],
    ['/src:db:c:\\x', '/src', 'destination-backup', 'c:\\x'],
    ['s3://bucket/prefix:mirror:/x', 's3://bucket/prefix', 'source-to-destination', '/x'],
    ['s3://bucket:std:/x', 's3://bucket', 'source-to-destination', '/x'],
    ['/x:webdavs://host/path', '/x', 'two-way', 'webdavs://host/path'],
    ['sftp://me@host:22/path:tw:cloudsync://host:8080/workspace', 'sftp://me@host:22/path', 'two-way', 'cloudsync://host:8080/workspace'],
    ['/src:vault:/media/usb/v', '/src', 'two-way', 'vault:/media/usb/v'],
    ['/src:twoWay:vault:./v', '/src', 'two-way', 'vault:./v'],
    ['vault:/a:mirror:vault:b', 'vault:/a', 'source-to-destination', 'vault:b'],
    ['vault:///a:/b', 'vault:///a', 'two-way', '/b'],
    ['gdrive:/folder:sb:file:///x', 'gdrive:/folder', 'source-backup', 'file:///x'],
    ['./vault:tw:/x', './vault', 'two-way', '/x'],
    ['/my/vault:/x', '/my/vault', 'two-way', '/x'],
    ['webdav://host:8080:tw:/x', 'webdav://host:8080', 'two-way', '/x'],
  ])('%s', (literal, source, syncMode, destination) => {
    expect(parsePairLiteral(literal)).toEqual({ ...NOTHING_SAID, source, syncMode, destination });
  });

  it.each([
    '',
    '/src',
    './a',
    'C:\\docs',
    'C:',
    's3://bucket/prefix',
    'sftp://host:22/path',
    ':/b',
    '/a:',
    '/a:tw:',
    ':tw:/b',
    '/a:tw:/b:/c',
  ])('%j is none', (literal) => {
    expect(parsePairLiteral(literal)).toBeUndefined();
  });

  it('with an unknown mode is wrong, not something else', () => {
    expect(refusal(() => parsePairLiteral('/a:sideways:/b'))).toMatch(/"sideways".*two-way/);
    expect(refusal(() => parsePairLiteral('/a::/b'))).toMatch(/unknown mode ""/);
  });
});
