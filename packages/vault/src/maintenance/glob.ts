import { SyncError } from '@cloudsync/engine';

/**
 * What a glob matches, names with a leading dot included: `*` and `?` anything but a slash, `**` whole folders, `[a-z]` and `[!a-z]` one character,
 * `{a,b}` either, `\` the next character itself.
 * @throws SyncError `config/invalid`
 */
export function glob(pattern: string): RegExp {
  try {
    return new RegExp(`^${sourceOf(pattern)}$`, 'su');
  } catch (cause) {
    throw new SyncError('config/invalid', `${JSON.stringify(pattern)} is no pattern that can match; put \\ before [ { * ? to mean them`, {
      cause,
    });
  }
}

const TOKEN = /\*\*\/|\/\*\*$|\*+|\?|\[(?<not>[!^]?)(?<set>\]?[^\]]*)\]|[{},]|\\(?<escaped>.)|./gsu;

function sourceOf(pattern: string): string {
  let source = '';
  let depth = 0;
  for (const match of pattern.matchAll(TOKEN)) {
    const [token] = match;
    const { not, set, escaped } = match.groups ?? {};
    if (token === '{') depth++;
    if (set !== undefined) source += `(?!/)[${not ? '^' : ''}${set.replace(/[\\[\]]/g, '\\$&')}]`;
    else if (token === ',' && depth === 0) source += ',';
    else source += SPECIAL[token] ?? (escaped ?? token).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    if (token === '}') depth--;
  }
  return source;
}

const SPECIAL: Readonly<Record<string, string | undefined>> = {
  '**/': '(?:.*/)?',
  '/**': '/.*',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
  '{': '(?:',
  ',': '|',
  '}': ')',
};
