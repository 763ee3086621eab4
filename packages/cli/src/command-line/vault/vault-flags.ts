/*
 * What the command line hands to the vault commands: the text of each option as it was typed, undefined when it was not.
 */

/** How a vault is opened; every command that opens one takes these. */
export interface VaultKeyFlags {
  /** Tried in order. */
  readonly passphraseFile?: readonly string[];
  readonly keyFile?: readonly string[];
  readonly acceptRollback?: boolean;
}

export interface VaultFlags extends VaultKeyFlags {
  readonly json?: boolean;
}

export interface VaultInitFlags {
  readonly passphraseFile?: readonly string[];
  readonly keyFile?: readonly string[];
  readonly newKeyFile?: string;
  readonly recoveryKey?: boolean;
  /** False after --no-encryption. */
  readonly encryption: boolean;
  readonly suite?: string;
  readonly json?: boolean;
}

export interface VaultKeyAddFlags extends VaultFlags {
  readonly newPassphraseFile?: string;
  readonly newKeyFile?: string;
  readonly addKeyFile?: string;
  readonly recoveryKey?: boolean;
  readonly label?: string;
}

export interface VaultRotateFlags extends VaultFlags {
  readonly yes?: boolean;
}

export interface VaultLogFlags extends VaultFlags {
  readonly limit?: string;
}

export interface VaultListFlags extends VaultFlags {
  readonly recursive?: boolean;
}

export interface VaultRestoreFlags extends VaultFlags {
  readonly to?: string;
  readonly overwrite?: boolean;
}

export interface VaultFindFlags extends VaultFlags {
  readonly all?: boolean;
  readonly at?: string;
}

export interface VaultForgetFlags extends VaultFlags {
  readonly keepLast?: string;
  readonly keepHourly?: string;
  readonly keepDaily?: string;
  readonly keepWeekly?: string;
  readonly keepMonthly?: string;
  readonly keepYearly?: string;
  readonly maxVersions?: string;
  readonly dryRun?: boolean;
}

export interface VaultCheckFlags extends VaultFlags {
  readonly readData?: boolean;
}

export interface VaultDryRunFlags extends VaultFlags {
  readonly dryRun?: boolean;
}

/** `cloudsync vault …`; the first argument is always the vault. */
export interface VaultCommands {
  init(place: string, flags: VaultInitFlags): Promise<void>;
  keyList(place: string, flags: VaultFlags): Promise<void>;
  keyAdd(place: string, flags: VaultKeyAddFlags): Promise<void>;
  keyRemove(place: string, key: string, flags: VaultFlags): Promise<void>;
  keyRotate(place: string, flags: VaultRotateFlags): Promise<void>;
  log(place: string, flags: VaultLogFlags): Promise<void>;
  list(place: string, path: string | undefined, flags: VaultListFlags): Promise<void>;
  versions(place: string, path: string, flags: VaultFlags): Promise<void>;
  restore(place: string, path: string | undefined, flags: VaultRestoreFlags): Promise<void>;
  diff(place: string, before: string, after: string, flags: VaultFlags): Promise<void>;
  find(place: string, pattern: string, flags: VaultFindFlags): Promise<void>;
  forget(place: string, versions: readonly string[], flags: VaultForgetFlags): Promise<void>;
  check(place: string, flags: VaultCheckFlags): Promise<void>;
  stats(place: string, flags: VaultFlags): Promise<void>;
  repair(place: string, flags: VaultDryRunFlags): Promise<void>;
  prune(place: string, flags: VaultDryRunFlags): Promise<void>;
  unlock(place: string, flags: VaultFlags): Promise<void>;
  replicaList(place: string, flags: VaultFlags): Promise<void>;
  replicaRemove(place: string, replica: string, flags: VaultFlags): Promise<void>;
}
