import { hash } from 'node:crypto';
import type { Writer } from '../maintenance/vault.test.support.ts';

export const GOLDEN_PASSPHRASE = 'golden passphrase, frozen in 2026';
export const GOLDEN_SUITES = ['aes-256-gcm', 'xchacha20-poly1305', 'none'] as const;
export const GOLDEN_START_MS = Date.UTC(2026, 10, 21, 12);

const WORDS = 'vault chunk pack index commit snapshot tree leaf node row seal epoch salt key slot prune check repair forget restore'.split(
  ' ',
);

/** Text that looks random, compresses well, and is the same for ever. */
function text(seed: string, words: number): Buffer {
  const parts: string[] = [];
  for (let n = 0; n < words; n += 32)
    for (const byte of hash('sha256', `${seed} ${n}`, 'buffer')) parts.push(WORDS[byte % WORDS.length] as string);
  return Buffer.from(parts.slice(0, words).join(' '), 'utf8');
}

/** A file of more chunks than a row holds, and its next version with a word more in the middle. */
const LONG = text('long', 24_000);
const LONGER = Buffer.concat([LONG.subarray(0, 70_001), Buffer.from(' inserted'), LONG.subarray(70_001)]);

/** What each version holds: contents by path, symlinks as `→ target`, folders as `/`. */
export const GOLDEN_VERSIONS: Readonly<Record<number, Readonly<Record<string, Buffer | string>>>> = {
  2: {
    docs: '/',
    'docs/long.txt': LONG,
    'docs/short.txt': text('short', 20),
    'docs/latest': '→ long.txt',
    'docs/Ünïcödé 文件.txt': Buffer.from('names are text'),
    empty: Buffer.alloc(0),
    'empty folder': '/',
    'gone later': Buffer.from('this is deleted in the next version'),
  },
  3: {
    docs: '/',
    'docs/long.txt': LONGER,
    'docs/renamed.txt': text('short', 20),
    'docs/latest': '→ long.txt',
    'docs/Ünïcödé 文件.txt': Buffer.from('names are text'),
    empty: Buffer.alloc(0),
    'empty folder': '/',
    'copy of long.txt': LONG,
  },
};

/** Permission bits that differ from the usual. */
export const GOLDEN_MODES: Readonly<Record<string, number>> = {
  docs: 0o750,
  'docs/short.txt': 0o755,
  'docs/renamed.txt': 0o755,
  empty: 0o400,
};

/** Makes the versions of {@link GOLDEN_VERSIONS} as a sync would, an hour apart. */
export async function writeGolden(writer: Writer): Promise<void> {
  await put(writer, GOLDEN_VERSIONS[2] ?? {});
  await writer.commit();
  await writer.rename('docs/short.txt', 'docs/renamed.txt');
  await writer.remove('gone later');
  await put(writer, { 'docs/long.txt': LONGER, 'copy of long.txt': LONG });
  await writer.commit();
}

async function put(writer: Writer, contents: Readonly<Record<string, Buffer | string>>): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    const mode = GOLDEN_MODES[path];
    if (content === '/') await writer.folder(path, mode);
    else if (typeof content === 'string') await writer.symlink(path, content.slice(2));
    else await writer.write(path, content, mode === undefined ? {} : { mode });
  }
}
