import type { AccessTables } from '../access/access-tables.ts';
import type { UploadTables } from '../http/upload-tables.ts';
import type { WebhookTables } from '../webhooks/webhook-tables.ts';
import type { CoreTables } from './core-tables.ts';

/** Every table of the database. */
export interface ServerTables extends CoreTables, AccessTables, WebhookTables, UploadTables {}
