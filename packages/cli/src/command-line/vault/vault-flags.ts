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

/** `cloudsync vault …`; the first argument is always the vault. */
export interface VaultCommands {
  init(place: string, flags: VaultInitFlags): Promise<void>;
  keyList(place: string, flags: VaultFlags): Promise<void>;
  keyAdd(place: string, flags: VaultKeyAddFlags): Promise<void>;
  keyRemove(place: string, key: string, flags: VaultFlags): Promise<void>;
  keyRotate(place: string, flags: VaultRotateFlags): Promise<void>;
}
