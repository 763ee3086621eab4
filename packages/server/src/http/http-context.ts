import type { Access } from '../access/access.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import type { Metrics } from './metrics.ts';
import type { Uploads } from './uploads.ts';

/** What the routes work with. */
export interface HttpContext {
  readonly workspaces: Workspaces;
  readonly access: Access;
  readonly webhooks: Webhooks;
  readonly uploads: Uploads;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Where people reach the server, without a slash at the end: what links to shares begin with. */
  readonly publicUrl: () => string;
  /** False from the moment on in which the server begins to close. */
  readonly isReady: () => boolean;
}
