import { AgreedTexts, SyncStateManager } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { bytesOf, sha256 } from './content.ts';
import { MemoryStateDirectory, StateFiles } from './strict-storage/memory-state-directory.ts';

const LOG = 'agreed_texts.jsonl';
const INDEX = 'agreed_texts.json';
const exact = new TextDecoder('utf-8', { ignoreBOM: true });
const agreed = (text: string) => ({ hash: sha256(bytesOf(text)), text });
const hashesOf = (...texts: string[]) => new Set(texts.map((text) => agreed(text).hash));

function open(files = new StateFiles(), bytesMax?: number) {
  const directory = new MemoryStateDirectory({ files });
  return { files, directory, texts: new AgreedTexts(directory, bytesMax === undefined ? {} : { bytesMax }) };
}

async function kept(texts: AgreedTexts, ...wanted: string[]): Promise<string[]> {
  return [...(await texts.read(hashesOf(...wanted))).values()].map((bytes) => exact.decode(bytes));
}

describe('the texts of a pair', () => {
  const TEXTS = ['', '\ufeffwith a mark\r\n', 'line\u2028break 😀\n\n', '"quoted" \\ \t\n', 'x'.repeat(100_000)];

  it('are read back by their hashes, in another run', async () => {
    const { files, texts } = open();
    await texts.add(TEXTS.slice(0, 2).map(agreed));
    await texts.add(TEXTS.slice(2).map(agreed));
    const again = open(files).texts;
    expect(await kept(again, ...TEXTS, 'never kept')).toEqual(TEXTS);
    expect(await again.hashes()).toEqual(hashesOf(...TEXTS));
    expect(await kept(again)).toEqual([]);
  });

  it('of nothing are none', async () => {
    const { texts } = open();
    expect([await kept(texts, 'a'), await texts.hashes(), await texts.standing()]).toEqual([
      [],
      new Set(),
      { whole: false, settled: false },
    ]);
  });

  it('do not count when they are damaged, torn or not what their hash says; the others do', async () => {
    const { files, texts } = open();
    await texts.add(['one', 'two', 'three'].map(agreed));
    const log = files.files.get(LOG) ?? '';
    files.change(LOG, log.replace('"two"', '"too"'), true);
    expect(await kept(texts, 'one', 'two', 'too', 'three')).toEqual(['one', 'three']);
    files.change(LOG, log.replace('"two"}', '"two"'), true);
    expect(await kept(texts, 'one', 'two', 'three')).toEqual(['one', 'three']);
    files.change(LOG, log.slice(0, -8), true);
    const next = open(files).texts;
    await next.add([agreed('four')]);
    expect(await kept(next, 'one', 'two', 'three', 'four')).toEqual(['one', 'two', 'four']);
  });

  it('are whole only when a run has said so, and settled only when nothing failed', async () => {
    const { files, texts } = open();
    await texts.catchUp(false, async () => new Set());
    expect(await open(files).texts.standing()).toEqual({ whole: true, settled: false });
    await texts.catchUp(true, async () => new Set());
    expect(await open(files).texts.fallBehind()).toEqual({ whole: true, settled: true });
    expect(await open(files).texts.standing()).toEqual({ whole: false, settled: false });
    const { changes } = files;
    expect(await open(files).texts.fallBehind()).toEqual({ whole: false, settled: false });
    expect(files.changes).toBe(changes);
  });

  it.each(['{', '{"version":2,"whole":true,"settled":true,"bytes":1,"compacted":1}', '[]'])(
    'an index that cannot be used, %s, vouches for nothing',
    async (text) => {
      const { files, texts } = open();
      await texts.catchUp(true, async () => new Set());
      files.change(INDEX, text, true);
      expect(await open(files).texts.standing()).toEqual({ whole: false, settled: false });
    },
  );

  it('have a bound: those agreed on longest ago go first, and what is not live goes before', async () => {
    const { files, texts } = open(new StateFiles(), 2000);
    const text = (n: number): string => `${n}`.repeat(200);
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) await texts.add([agreed(text(n))]);
    // Agreed on again: now the newest.
    await texts.add([agreed(text(1))]);
    await texts.catchUp(true, async () => hashesOf(...[1, 2, 3, 4, 5, 6, 8].map(text)));
    const left = await kept(open(files).texts, ...[1, 2, 3, 4, 5, 6, 7, 8].map(text));
    expect(left.map((each) => Number(each[0]))).toEqual([4, 5, 6, 8, 1]);
    expect((files.files.get(LOG) ?? '').length).toBeLessThan(2000);
  });

  it('go with the last state when that is cleared', async () => {
    const { files, directory, texts } = open();
    await texts.add([agreed('a')]);
    await texts.catchUp(true, async () => new Set());
    await texts.underway.write([{ path: 'a', base: '1', source: '2', destination: '3', merged: '4' }]);
    expect(files.files.size).toBe(3);
    await new SyncStateManager(directory).clear();
    expect([...files.files.keys()]).toEqual([]);
    expect(await texts.standing()).toEqual({ whole: false, settled: false });
  });

  it('are not rewritten by every run', async () => {
    const { files, texts } = open();
    await texts.add([agreed('a'.repeat(1000))]);
    const live = async (): Promise<Set<string>> => {
      throw new Error('asked what is live although there is room');
    };
    await texts.catchUp(true, live);
    for (let run = 0; run < 5; run++) {
      const again = open(files).texts;
      await again.fallBehind();
      await again.add([agreed(`${run}`.repeat(1000))]);
      await again.catchUp(true, live);
    }
    expect((await open(files).texts.hashes()).size).toBe(6);
  });
});
