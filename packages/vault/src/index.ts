export { type ChunkerSizes, DEFAULT_CHUNKER, readConfig, type VaultConfig } from './config.ts';
export { type Argon2Cost, DEFAULT_COST } from './keys/key-derivation.ts';
export { addSlot, type KeyChange, type NewSlot, readSlots, removeSlot, rotate, type Unlocked, unlock } from './keys/key-ring.ts';
export type { KeySlot } from './keys/key-slot.ts';
export { type MasterKeys, type VaultKeys, vaultKeys } from './keys/master-keys.ts';
export { initVault, type NewVaultOptions } from './keys/new-vault.ts';
export { formatRecoveryKey, newRecoveryKey, parseRecoveryKey } from './keys/recovery-key.ts';
export type { NewSecret, Secret, SlotKind } from './keys/secret.ts';
