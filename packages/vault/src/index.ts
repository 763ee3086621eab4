export {
  type ChangedPath,
  type Changes,
  COMMIT_KINDS,
  type Commit,
  type CommitKind,
  type Device,
  isSnapshotKind,
  NO_CHANGES,
  type Totals,
} from './commit/commit.ts';
export { CommitLog, type CommitRecord, type SeenCommit } from './commit/commit-log.ts';
export { type ChunkerSizes, DEFAULT_CHUNKER, readConfig, type VaultConfig } from './config.ts';
export { type Argon2Cost, DEFAULT_COST } from './keys/key-derivation.ts';
export { addSlot, type KeyChange, type NewSlot, readSlots, removeSlot, rotate, type Unlocked, unlock } from './keys/key-ring.ts';
export type { KeySlot } from './keys/key-slot.ts';
export { type MasterKeys, type VaultKeys, vaultKeys } from './keys/master-keys.ts';
export { initVault, type NewVaultOptions } from './keys/new-vault.ts';
export { formatRecoveryKey, newRecoveryKey, parseRecoveryKey } from './keys/recovery-key.ts';
export type { NewSecret, Secret, SlotKind } from './keys/secret.ts';
export { findReplica, listReplicas, type ReplicaRecord, removeReplica } from './replica/replicas.ts';
export { VaultStorage, type VaultStorageOptions } from './storage/vault-storage.ts';
export type { ContentList, FileRow, FolderRow, LiveRow, Row, Summary, SymlinkRow, TombstoneRow, TreeRoot } from './tree/row.ts';
export { type RowsOptions, Tree } from './tree/tree.ts';
export type { RowDifference } from './tree/tree-diff.ts';
export { type Author, type CommitBase, type CommitChange, type CommitDraft, Vault, type VaultOptions } from './vault.ts';
