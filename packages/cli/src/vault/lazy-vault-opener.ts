import type { VaultOpener, VaultOpenerOptions } from './vault-opener.ts';

/** What opens the vaults of a command; its code is loaded when the first one is opened, since most pairs have none. */
export type LazyVaultOpener = () => Promise<VaultOpener>;

export function lazyVaultOpener(options: VaultOpenerOptions): LazyVaultOpener {
  let opener: Promise<VaultOpener> | undefined;
  return () => {
    opener ??= import('./vault-opener.ts').then(({ VaultOpener }) => new VaultOpener(options));
    return opener;
  };
}
