import { describe, expect, it } from 'vitest';
import { PairOfDisks, write } from './pair-of-disks.ts';

describe('a rename to a name that something ignored has at the other side', () => {
  it('is left as it is on both sides and reported; the rest goes on, in every run', async () => {
    const pair = new PairOfDisks({ ignore: ['d/'] });
    const { source, destination } = pair.disks;
    for (const [path, text] of [
      ['a', 'one'],
      ['b', 'two'],
    ] as const)
      write(path, text)(source);
    await pair.sync();
    source.put('d', { kind: 'folder' }, 'user');
    write('d/private', 'ignored')(source);
    destination.move('a', 'd', 'user');
    write('c', 'three')(destination);
    write('b', 'two, edited')(destination);
    for (let run = 1; run <= 2; run++) {
      const { result } = await pair.sync();
      expect(result?.issues.map(({ code, path }) => `${code} ${path}`)).toEqual(['path/name-not-allowed d']);
      expect(result?.issues[0]?.message).toContain('something that is ignored has that name there');
      expect(pair.treeOf('source')).toEqual({ a: 'one', b: 'two, edited', c: 'three', 'd/private': 'ignored' });
      expect(pair.treeOf('destination')).toEqual({ b: 'two, edited', c: 'three', d: 'one' });
    }
    source.remove('d', 'user');
    await pair.sync();
    expect(pair.treeOf('source')).toEqual(pair.treeOf('destination'));
  });
});
