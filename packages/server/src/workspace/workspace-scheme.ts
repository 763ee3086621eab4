import type { ChunkerParams } from '@cloudsync/content';

/** How contents of a workspace are cut and chunks named. */
export interface WorkspaceScheme {
  readonly chunker: ChunkerParams;
  /** 32 bytes each. */
  readonly chunkerKey: Uint8Array;
  readonly idKey: Uint8Array;
}
