import type { Kysely } from 'kysely';
import { systemCaller } from '../workspace/caller.ts';
import type { Located, Workspace } from '../workspace/workspace.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import type { DeliveryQueue, NewDelivery } from './delivery-queue.ts';
import { dataOfEvent, eventOf } from './journal-events.ts';
import type { WebhookRegistry } from './webhook-registry.ts';
import type { WebhookTables } from './webhook-tables.ts';

export interface JournalPumpOptions {
  readonly database: Kysely<WebhookTables>;
  readonly workspaces: Workspaces;
  readonly registry: WebhookRegistry;
  readonly queue: DeliveryQueue;
  /** Told when there is something new in the queue. */
  readonly onAdded: () => void;
  readonly onProblem: (error: unknown) => void;
}

const ROWS_AT_ONCE = 200;

/**
 * Turns journals into deliveries. How far it came is in the database, and what is put into the queue twice is there once: a server
 * that dies anywhere goes on where it was, and nothing is told of twice or never.
 */
export class JournalPump {
  readonly #options: JournalPumpOptions;
  /** Ids of workspaces with an active webhook: the others cost nothing. */
  #wanted = new Set<string>();
  /** Workspaces that are read now, and whether there is more by now. */
  readonly #running = new Map<string, { again: boolean; done: Promise<void> }>();
  #stopped = false;

  constructor(options: JournalPumpOptions) {
    this.#options = options;
  }

  /** Catches up with what was committed before a restart. */
  async start(): Promise<void> {
    await this.refresh();
    for (const workspace of this.#wanted) this.notice(workspace);
  }

  /** Webhooks were made, changed or removed. The first of a workspace is told of what comes from now on. */
  async refresh(): Promise<void> {
    const { database, registry, workspaces } = this.#options;
    const present = new Set(workspaces.list().map(({ id }) => id));
    const wanted = new Set((await registry.workspaces()).filter((id) => present.has(id)));
    for (const workspace of wanted) {
      if (this.#wanted.has(workspace)) continue;
      const progress = { workspace, sequence: workspaces.get(workspace).head };
      await database
        .insertInto('webhook_progress')
        .values(progress)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    for (const workspace of this.#wanted)
      if (!wanted.has(workspace)) await database.deleteFrom('webhook_progress').where('workspace', '=', workspace).execute();
    this.#wanted = wanted;
  }

  /** Something was committed there. */
  notice(workspace: string): void {
    if (this.#stopped || !this.#wanted.has(workspace)) return;
    const running = this.#running.get(workspace);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const state = { again: false, done: Promise.resolve() };
    this.#running.set(workspace, state);
    state.done = this.#catchUp(workspace)
      .catch(this.#options.onProblem)
      .finally(() => {
        this.#running.delete(workspace);
        if (state.again) this.notice(workspace);
      });
  }

  /** Resolves when what was noticed is in the queue. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.idle();
  }

  async #catchUp(id: string): Promise<void> {
    const { database, workspaces, queue, onAdded } = this.#options;
    const workspace = workspaces.get(id);
    for (;;) {
      const progress = await database.selectFrom('webhook_progress').select('sequence').where('workspace', '=', id).executeTakeFirst();
      if (progress === undefined || this.#stopped) return;
      const entries = workspace.activity(systemCaller, { after: progress.sequence, limit: ROWS_AT_ONCE });
      const last = entries.at(-1);
      if (last === undefined) return;
      await queue.add(await this.#deliveriesOf(workspace, entries));
      await database.updateTable('webhook_progress').set({ sequence: last.row.sequence }).where('workspace', '=', id).execute();
      onAdded();
    }
  }

  async #deliveriesOf(workspace: Workspace, entries: readonly Located[]): Promise<NewDelivery[]> {
    const webhooks = await this.#options.registry.active(workspace.id);
    return entries.flatMap((entry) => {
      const before = needsBefore(entry) ? workspace.before(systemCaller, entry.row) : undefined;
      const event = eventOf(entry, before);
      if (event === undefined) return [];
      const author = entry.row.author === 0 ? undefined : this.#options.workspaces.authorOf(entry.row.author);
      const data = dataOfEvent(entry, before, author);
      const wanting = webhooks.filter(({ events }) => events.includes(event));
      const occurrence = `${workspace.id} ${workspace.epoch} ${entry.row.sequence}`;
      return wanting.map(({ id }) => ({ webhook: id, workspace: workspace.id, event, occurrence, data, atMs: entry.row.atMs }));
    });
  }
}

function needsBefore({ row }: Located): boolean {
  return row.action === 'moved' || row.action === 'restored';
}
