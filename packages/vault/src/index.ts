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
export { type CheckOptions, type CheckProgress, type CheckReport, check } from './maintenance/check.ts';
export { type FindOptions, type Found, find } from './maintenance/find.ts';
export type { Affected, Finding } from './maintenance/findings.ts';
export { type ForgetOptions, type ForgetReport, forget, forgetVersions } from './maintenance/forget.ts';
export { type PathVersion, versionsOf } from './maintenance/history.ts';
export { type MaintenanceLock, unlock as removeMaintenanceLock, withMaintenanceLock } from './maintenance/maintenance-lock.ts';
export { type PruneOptions, type PruneReport, prune } from './maintenance/prune.ts';
export { type RepairOptions, type RepairReport, repair } from './maintenance/repair.ts';
export { type RestoredInPlace, type RestoreInPlaceOptions, restoreInPlace } from './maintenance/restore-in-place.ts';
export { type RestoreProblem, type RestoreReport, type RestoreToOptions, restoreTo } from './maintenance/restore-to.ts';
export type { Retained, RetentionPolicy } from './maintenance/retention.ts';
export type { RowChange } from './maintenance/row-change.ts';
export { openSnapshot, type Snapshot, type SnapshotOrDamage, snapshots } from './maintenance/snapshots.ts';
export { stats, type VaultStats } from './maintenance/stats.ts';
export { diffVersions, type TreeChange, treeChanges } from './maintenance/tree-changes.ts';
export { parseVersion, splitVersion, type VersionedPath, type VersionReference } from './maintenance/version-reference.ts';
export { findReplica, listReplicas, type ReplicaRecord, removeReplica } from './replica/replicas.ts';
export { VAULT_ABILITIES, VaultStorage, type VaultStorageOptions } from './storage/vault-storage.ts';
export type { ContentList, FileRow, FolderRow, LiveRow, Row, Summary, SymlinkRow, TombstoneRow, TreeRoot } from './tree/row.ts';
export { type RowsOptions, Tree } from './tree/tree.ts';
export type { RowDifference } from './tree/tree-diff.ts';
export { type Author, type CommitBase, type CommitChange, type CommitDraft, Vault, type VaultOptions } from './vault.ts';
