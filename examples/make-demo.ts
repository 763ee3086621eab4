// Makes demo/laptop and demo/usb, two folders to try `cloudsync sync` on, unless they are there already.
import { existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MONDAY = new Date('2026-03-02T09:00:00Z');
const TUESDAY = new Date('2026-03-03T09:00:00Z');

const LAPTOP = {
  'letters/grandma.txt': 'Dear Grandma,\nthe garden is green again.\n',
  'photos/2026/garden.jpg': 'not really a photo, but it is synced as if it were one\n',
  'recipes/bread.txt': '500 g flour\n350 g water\n10 g salt\n',
  'shopping.txt': 'milk\nbread\ncoffee\n',
  'build.tmp': 'left over from a program\n',
  '.syncignore': '*.tmp\n',
};

const USB = {
  'music/lullaby.txt': 'la la la\n',
  'recipes/bread.txt': LAPTOP['recipes/bread.txt'],
  'shopping.txt': 'milk\n',
};

makeDemo(process.argv[2] ?? fileURLToPath(new URL('../demo', import.meta.url)));

function makeDemo(folder: string): void {
  if (existsSync(folder)) return;
  makeTree(join(folder, 'laptop'), LAPTOP, TUESDAY);
  makeTree(join(folder, 'usb'), USB, MONDAY);
  mkdirSync(join(folder, 'laptop', 'ideas'));
  symlinkSync('recipes/bread.txt', join(folder, 'laptop', 'tonight.txt'));
}

function makeTree(root: string, files: Readonly<Record<string, string>>, mtime: Date): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    utimesSync(file, mtime, mtime);
  }
}
