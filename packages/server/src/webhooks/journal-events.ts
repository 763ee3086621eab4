import type { Row } from '@cloudsync/protocol';
import type { WebhookEvent } from '@cloudsync/protocol/rest/webhooks';
import type { Author } from '../workspace/authors.ts';
import type { Located } from '../workspace/workspace.ts';

const EVENTS: Record<Row['action'], WebhookEvent | undefined> = {
  created: 'file.created',
  modified: 'file.modified',
  restored: 'file.modified',
  moved: 'file.moved',
  deleted: 'file.deleted',
  attributes: undefined,
};

/** What a change in the journal is called for those who want to be told. A new time or mode alone is nothing to be told of. */
export function eventOf({ row }: Located, before: Located | undefined): WebhookEvent | undefined {
  return row.action === 'restored' && before?.row.deleted !== false ? 'file.created' : EVENTS[row.action];
}

/** `data` of a file's event. */
export function dataOfEvent({ row, path }: Located, before: Located | undefined, author: Author | undefined): Record<string, unknown> {
  return {
    fileId: String(row.id),
    path,
    ...(row.action === 'moved' && before !== undefined && { from: before.path }),
    kind: row.kind,
    size: row.size,
    hash: row.hash ?? null,
    version: row.sequence,
    userId: author?.user ?? null,
    device: author?.device ?? null,
  };
}
