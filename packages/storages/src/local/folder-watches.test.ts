import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { freshRoot, plant } from '../fresh-root.test.support.ts';
import { FolderWatches } from './folder-watches.ts';

/** In the thread of the test, so that blocking it stands for a thread that gets no time. */
function watchHere(root: string): { nextLoss: () => Promise<void>; told: (path: string) => Promise<void> } {
  let onLoss = (): void => undefined;
  let onPath: (path: string) => void = () => undefined;
  const watches = new FolderWatches(root, { onPath: (path) => onPath(path), onLoss: () => onLoss() });
  onTestFinished(() => watches.close());
  watches.start();
  return {
    nextLoss: () =>
      new Promise((resolve) => {
        onLoss = resolve;
      }),
    told: (path) =>
      new Promise((resolve) => {
        onPath = (other) => {
          if (other === path) resolve();
        };
      }),
  };
}

test('a queue of the kernel that may have run over means everything; folders that were missed are watched again', async () => {
  const root = plant(freshRoot(), { 'a/f': 'x' });
  const { nextLoss, told } = watchHere(root);
  const loss = nextLoss();
  // More than the 16,384 events that wait by default: the last of them are dropped, that of the new folder among them.
  // Two files in turn, because the kernel joins equal events that follow each other.
  for (let n = 0; n < 17_000; n++) writeFileSync(join(root, `a/f${n % 2}`), 'x', { flag: 'a' });
  mkdirSync(join(root, 'late/er'), { recursive: true });
  await loss;
  const missed = told('late/er/f');
  writeFileSync(join(root, 'late/er/f'), 'x');
  await missed;
});
