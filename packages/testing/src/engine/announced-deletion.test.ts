import { describe, expect, it } from 'vitest';
import { PairOfDisks, write } from './pair-of-disks.ts';

const SIDES = ['source', 'destination'] as const;

describe('a deletion that a run could not agree on before it ended', () => {
  it('is not taken for the user’s own: what is put back at the other side stays', async () => {
    let cutBetween = 0;
    for (let step = 1, died = true; died; step++) {
      const pair = new PairOfDisks({ cannotRename: 'destination' });
      const { source, destination } = pair.disks;
      for (const path of ['keep', 'c']) write(path, `the content of ${path}`)(source);
      await pair.sync();
      source.move('c', 'aside', 'user');
      ({ died } = await pair.sync({ diesAtStep: step }));
      if (died && destination.find('c') === undefined) cutBetween++;
      source.move('aside', 'c', 'user');
      await pair.sync();
      await pair.sync();
      for (const side of SIDES) expect(pair.treeOf(side).c, `${side}, death at step ${step}`).toBe('the content of c');
    }
    expect(cutBetween).toBeGreaterThan(0);
  });

  it('what the user deletes meanwhile stays deleted', async () => {
    for (let step = 1, died = true; died; step++) {
      const pair = new PairOfDisks();
      const { source, destination } = pair.disks;
      for (const path of ['keep', 'c', 'd']) write(path, `the content of ${path}`)(source);
      await pair.sync();
      source.remove('c', 'user');
      ({ died } = await pair.sync({ diesAtStep: step }));
      destination.remove('d', 'user');
      await pair.sync();
      for (const side of SIDES) expect(pair.treeOf(side), `${side}, death at step ${step}`).toEqual({ keep: 'the content of keep' });
    }
  });
});
