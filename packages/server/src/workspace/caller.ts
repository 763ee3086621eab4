import { type PathRights, UNRESTRICTED } from '../access/path-rights.ts';
import type { ProvenChunks } from '../content/proven-chunks.ts';
import { seesAll } from '../journal/visible-rows.ts';

/** Who asks something of a workspace. */
export interface Caller {
  /** Number of user and device, from `Workspaces.author`. */
  readonly author: number;
  readonly rights: PathRights;
  /** Comes back with what he commits, so that a connection knows its own. */
  readonly origin?: unknown;
  /** What he has proven to hold, where he may not read everything; one a connection. */
  readonly proven?: ProvenChunks | undefined;
}

/** The server itself. */
export const systemCaller: Caller = { author: 0, rights: UNRESTRICTED };

/** What limits the chunks that a caller may refer to; undefined: nothing, he may read them all. */
export function provenOf({ rights, proven }: Caller): ProvenChunks | undefined {
  return seesAll(rights) ? undefined : proven;
}
