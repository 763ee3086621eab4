/** What names a place can hold. Pure data, so that every platform's rules are tested on every platform. */
export interface NameRules {
  readonly platform: 'posix' | 'macos' | 'windows' | 'any';
  /** False when `a` and `A` are one file. */
  readonly caseSensitive: boolean;
  /** False when composed and decomposed spellings of one name are one file. */
  readonly unicodeSensitive: boolean;
  /** Longest name in the unit below; undefined when unlimited. */
  readonly nameMax: number | undefined;
  readonly nameUnit: 'bytes' | 'utf16';
  /** Why a single name cannot exist there, or undefined when it can. */
  readonly refuses: (name: string) => string | undefined;
}

const utf8 = new TextEncoder();

export const POSIX_NAMES: NameRules = {
  platform: 'posix',
  caseSensitive: true,
  unicodeSensitive: true,
  nameMax: 255,
  nameUnit: 'bytes',
  refuses: () => undefined,
};

export const MACOS_NAMES: NameRules = {
  platform: 'macos',
  caseSensitive: false,
  unicodeSensitive: false,
  nameMax: 255,
  nameUnit: 'utf16',
  refuses: () => undefined,
};

export const WINDOWS_NAMES: NameRules = {
  platform: 'windows',
  caseSensitive: false,
  unicodeSensitive: true,
  nameMax: 255,
  nameUnit: 'utf16',
  refuses(name) {
    // https://learn.microsoft.com/windows/win32/fileio/naming-a-file
    const bad = /[<>:"\\|?*\u0000-\u001f]/.exec(name);
    if (bad) return `Windows allows no ${JSON.stringify(bad[0])} in a name`;
    if (/[. ]$/.test(name)) return 'Windows allows no name that ends with a dot or a space';
    if (/^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)/i.test(name)) return 'Windows reserves this name';
    return undefined;
  },
};

export const ANY_NAMES: NameRules = {
  platform: 'any',
  caseSensitive: true,
  unicodeSensitive: true,
  nameMax: undefined,
  nameUnit: 'bytes',
  refuses: () => undefined,
};

/** Why `name` cannot exist under `rules`, in words for the user, or undefined when it can. */
export function whyNotAllowed(rules: NameRules, name: string): string | undefined {
  const { nameMax, nameUnit } = rules;
  // A UTF-16 unit takes at most three bytes: most names need no counting.
  if (nameMax !== undefined && name.length * 3 > nameMax) {
    const length = nameUnit === 'bytes' ? utf8.encode(name).length : name.length;
    if (length > nameMax) return `the name is longer than ${nameMax} ${nameUnit === 'bytes' ? 'bytes' : 'characters'}`;
  }
  return rules.refuses(name);
}

/** Two names are one file under `rules` when their keys are equal. */
export function nameKey(rules: NameRules, path: string): string {
  const normal = rules.unicodeSensitive ? path : path.normalize('NFC');
  return rules.caseSensitive ? normal : normal.toLowerCase();
}
