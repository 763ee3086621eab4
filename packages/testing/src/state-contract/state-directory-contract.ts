import type { StateDirectory } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';

/** One fresh, empty state directory. */
export interface StateDirectoryFixture {
  readonly directory: StateDirectory;
  /** The same directory, opened again as after a restart. */
  readonly reopen: () => Promise<StateDirectory>;
  /** Loses power and opens it again; only where a test can do that. */
  readonly powerCut?: (() => Promise<StateDirectory>) | undefined;
  readonly dispose?: (() => Promise<void>) | undefined;
}

export type StateDirectoryFactory = () => Promise<StateDirectoryFixture>;

const TRICKY = '{"a":"caf\u00e9 👩‍👩‍👧‍👦 \u2028","b":"line\\nbreak"}\n';

/** Checks a `StateDirectory` against every rule of its interface; each test's title quotes its rule. */
export function stateDirectoryContract(name: string, factory: StateDirectoryFactory): void {
  const withFixture = (test: (fixture: StateDirectoryFixture) => Promise<void>) => async () => {
    const fixture = await factory();
    try {
      await test(fixture);
    } finally {
      await fixture.dispose?.();
    }
  };

  describe(`${name} keeps the state directory contract`, async () => {
    const { powerCut, dispose } = await factory();
    await dispose?.();

    it(
      'read: undefined when there is no such file',
      withFixture(async ({ directory }) => {
        expect(directory.read('nothing.json')).toBeUndefined();
      }),
    );

    it(
      'open: parts of a file, and of what it was when it is replaced meanwhile; undefined when there is no such file',
      withFixture(async ({ directory }) => {
        if (directory.open === undefined) return;
        expect(await directory.open('nothing.json')).toBeUndefined();
        const text = TRICKY.repeat(3000);
        const bytes = Buffer.from(text);
        await directory.write('tree.json', [text]);
        const file = await directory.open('tree.json');
        await directory.write('tree.json', ['another']);
        expect(file?.size).toBe(bytes.length);
        for (const [offset, length] of [
          [0, 10],
          [70_000, 9],
          [bytes.length - 3, 10],
          [bytes.length, 5],
        ] as const) {
          const part = await file?.read(offset, length);
          expect(Buffer.from(part ?? []).toString('hex')).toBe(bytes.subarray(offset, offset + length).toString('hex'));
        }
        await file?.close();
      }),
    );

    it(
      'write, then read: the text in chunks of any size, every character whole',
      withFixture(async ({ directory }) => {
        // Long enough that a character of four bytes falls on every border between blocks of any usual size.
        for (const shift of [0, 1, 2, 3]) {
          const text = 'x'.repeat(shift) + TRICKY.repeat(6000);
          await directory.write('tree.json', [text.slice(0, 100_001), text.slice(100_001)]);
          expect(await textOf(directory, 'tree.json')).toBe(text);
        }
        await directory.write('empty.json', []);
        expect(await textOf(directory, 'empty.json')).toBe('');
      }),
    );

    it(
      'write takes chunks that come one by one',
      withFixture(async ({ directory }) => {
        async function* chunks(): AsyncGenerator<string> {
          for (const chunk of ['one ', 'two ', 'three']) yield chunk;
        }
        await directory.write('a.json', chunks());
        expect(await textOf(directory, 'a.json')).toBe('one two three');
      }),
    );

    it(
      'write replaces the file as a whole: one that fails in the middle leaves the old content',
      withFixture(async ({ directory }) => {
        async function* breaking(): AsyncGenerator<string> {
          yield 'half';
          throw new Error('the scan failed');
        }
        await directory.write('a.json', ['old']);
        await expect(directory.write('a.json', breaking())).rejects.toThrow('the scan failed');
        await expect(directory.write('new.json', breaking())).rejects.toThrow('the scan failed');
        expect(await textOf(directory, 'a.json')).toBe('old');
        expect(directory.read('new.json')).toBeUndefined();
        await directory.write('a.json', ['new'], { durable: false });
        expect(await textOf(directory, 'a.json')).toBe('new');
      }),
    );

    it(
      'write may take its chunks from the file that it replaces',
      withFixture(async ({ directory }) => {
        const text = TRICKY.repeat(6000);
        await directory.write('a.json', [text]);
        async function* doubled(): AsyncGenerator<string> {
          for await (const chunk of directory.read('a.json') ?? []) yield chunk + chunk;
        }
        await directory.write('a.json', doubled());
        expect((await textOf(directory, 'a.json')).length).toBe(2 * text.length);
      }),
    );

    it(
      'append adds at the end, and makes the file when there is none',
      withFixture(async ({ directory }) => {
        await directory.append('journal', 'first\n');
        await directory.append('journal', TRICKY);
        expect(await textOf(directory, 'journal')).toBe(`first\n${TRICKY}`);
        await directory.write('journal', ['again\n']);
        await directory.append('journal', 'more\n');
        expect(await textOf(directory, 'journal')).toBe('again\nmore\n');
      }),
    );

    it(
      'remove: the file is gone, appending starts anew; removing nothing is fine',
      withFixture(async ({ directory }) => {
        await directory.append('journal', 'old\n');
        await directory.remove('journal');
        await directory.remove('journal');
        expect(directory.read('journal')).toBeUndefined();
        await directory.append('journal', 'new\n');
        expect(await textOf(directory, 'journal')).toBe('new\n');
      }),
    );

    it(
      'setAside renames to <name>.<reason>-<n>, so that nothing is thrown away',
      withFixture(async ({ directory }) => {
        const kept: string[] = [];
        for (const text of ['first', 'second']) {
          await directory.append('tree.json', text);
          kept.push(await directory.setAside('tree.json', 'corrupt'));
          expect(directory.read('tree.json')).toBeUndefined();
        }
        expect(new Set(kept).size).toBe(2);
        for (const name of kept) expect(name).toMatch(/^tree\.json\.corrupt-\d+$/);
        expect([await textOf(directory, kept[0] ?? ''), await textOf(directory, kept[1] ?? '')]).toEqual(['first', 'second']);
      }),
    );

    it(
      'what was written, appended and removed is so for the next process',
      withFixture(async ({ directory, reopen }) => {
        await directory.write('a.json', [TRICKY]);
        await directory.append('journal', 'one\n');
        await directory.append('journal', 'two\n');
        await directory.append('gone', 'text');
        await directory.remove('gone');
        const again = await reopen();
        expect(await textOf(again, 'a.json')).toBe(TRICKY);
        expect(await textOf(again, 'journal')).toBe('one\ntwo\n');
        expect(again.read('gone')).toBeUndefined();
      }),
    );

    if (powerCut !== undefined) {
      it(
        'write and append are durable when they return',
        withFixture(async (fixture) => {
          await fixture.directory.write('a.json', ['text']);
          await fixture.directory.append('journal', 'line\n');
          const after = await fixture.powerCut?.();
          if (after === undefined) throw new TypeError('powerCut gave nothing');
          expect(await textOf(after, 'a.json')).toBe('text');
          expect(await textOf(after, 'journal')).toBe('line\n');
        }),
      );
    }
  });
}

async function textOf(directory: StateDirectory, name: string): Promise<string> {
  const chunks = directory.read(name);
  if (chunks === undefined) throw new Error(`there is no ${name}`);
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}
