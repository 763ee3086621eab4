import { type Storage, whyNotAllowed } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { type ContractGroup, contentAt, expectFailure, listAll, makeFile, makeFolder, mustStat } from './fixture.ts';

const NAMES: Readonly<Record<string, string>> = {
  'a newline': 'line\nbreak',
  'an emoji': '👩‍👩‍👧‍👦 family.txt',
  'composed letters (NFC)': 'caf\u00e9.txt',
  'decomposed letters (NFD)': 'cafe\u0301.txt',
  'quotes, backslash and control characters': `"'\\\u0001\u001b[31m`,
  'spaces at both ends': ' a b ',
  'leading dots': '...',
  'a leading dash': '-rf',
  'shell and glob characters': '$(a)*?[b]{c}~&;|<>',
  'a percent sign and a plus': '100%25+1 #?.txt',
  'a trailing dot': 'name.',
  'a name that Windows reserves': 'con.txt',
  'a name that JavaScript objects have': '__proto__',
  'a right-to-left override': 'a\u202egpj.exe',
  '255 bytes': `${'é'.repeat(127)}x`,
};

/** Every name is kept as it is, or refused with a reason; never changed, never mixed up with another. */
export function testNames({ probe, withFixture }: ContractGroup): void {
  const { names } = probe.abilities;

  describe('names', () => {
    for (const [title, name] of Object.entries(NAMES)) {
      const why = whyNotAllowed(names, name);
      if (why === undefined)
        it(
          `kept as it is: ${title}`,
          withFixture(({ storage }) => keeps(storage, name)),
        );
      else
        it(
          `refused, because ${why}: ${title} (path/name-not-allowed)`,
          withFixture(({ storage }) => refuses(storage, name)),
        );
    }

    it(
      'a name that is too long is refused, and the message says so',
      withFixture(async ({ storage }) => {
        const name = 'x'.repeat(names.nameMax === undefined ? 10_000 : names.nameMax + 1);
        if (names.nameMax === undefined) await keeps(storage, name);
        else await expectFailure(makeFile(storage, name, 'content'), 'path/name-not-allowed', 'storage/too-long');
      }),
    );

    it(
      names.caseSensitive ? 'a and A are two files' : 'a and A are one file: the second is not expected (storage/changed)',
      withFixture(({ storage }) => tellsApart(storage, ['name', 'NAME'], names.caseSensitive)),
    );

    it(
      names.unicodeSensitive ? 'NFC and NFD are two files' : 'NFC and NFD are one file: the second is not expected (storage/changed)',
      withFixture(({ storage }) => tellsApart(storage, ['caf\u00e9', 'cafe\u0301'], names.unicodeSensitive)),
    );

    it(
      'a deep path',
      withFixture(async ({ storage }) => {
        let path = 'deep';
        await makeFolder(storage, path);
        for (let depth = 0; depth < 60; depth++) {
          path += '/deeper';
          await makeFolder(storage, path);
        }
        await makeFile(storage, `${path}/file`, 'content');
        expect((await listAll(storage)).paths).toContain(`${path}/file`);
      }),
    );
  });
}

async function keeps(storage: Storage, name: string): Promise<void> {
  await makeFile(storage, name, 'content');
  await makeFolder(storage, 'folder');
  await makeFolder(storage, `folder/${name}`);
  await makeFile(storage, `folder/${name}/${name}`, 'deep');
  const { paths } = await listAll(storage);
  // A storage may spell a name in its own normal form, as long as every spelling finds the file.
  expect(paths.map((path) => path.normalize('NFC')).sort()).toEqual(
    [name, 'folder', `folder/${name}`, `folder/${name}/${name}`].map((path) => path.normalize('NFC')).sort(),
  );
  expect(await contentAt(storage, name)).toBe('content');
  expect(await contentAt(storage, `folder/${name}/${name}`)).toBe('deep');
  for (const path of paths) expect((await mustStat(storage, path)).path).toBe(path);
  await storage.delete(await mustStat(storage, name));
  expect(await storage.stat(name)).toBeUndefined();
}

async function refuses(storage: Storage, name: string): Promise<void> {
  await expectFailure(makeFile(storage, name, 'content'), 'path/name-not-allowed');
  expect((await listAll(storage)).paths).toEqual([]);
}

async function tellsApart(storage: Storage, [first, second]: readonly [string, string], apart: boolean): Promise<void> {
  await makeFile(storage, first, 'first');
  if (!apart) {
    await expectFailure(makeFile(storage, second, 'second'), 'storage/changed');
    expect(await contentAt(storage, first)).toBe('first');
    expect((await listAll(storage)).paths.length).toBe(1);
    return;
  }
  await makeFile(storage, second, 'second');
  expect(await contentAt(storage, first)).toBe('first');
  expect(await contentAt(storage, second)).toBe('second');
}
