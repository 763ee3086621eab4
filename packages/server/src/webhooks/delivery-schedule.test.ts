import { randomBytes } from 'node:crypto';
import type { Environment } from '@cloudsync/engine';
import { expect, onTestFinished, test } from 'vitest';
import { ServerDatabase } from '../database/server-database.ts';
import { Deliverer } from './deliverer.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { runReceiver } from './receiver.test.support.ts';
import { WebhookRegistry } from './webhook-registry.ts';

/** A clock that goes on when the test says so. */
function manualEnvironment(startMs: number) {
  let nowMs = startMs;
  const sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();
  const environment: Environment = {
    now: () => nowMs,
    random: () => 0.5,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { untilMs: nowMs + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
  };
  const goTo = (ms: number): void => {
    nowMs = ms;
    for (const sleeper of sleepers) {
      if (sleeper.untilMs > ms) continue;
      sleepers.delete(sleeper);
      sleeper.wake();
    }
  };
  return { environment, goTo };
}

const START_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const NOTHING = { notOf: [], notThese: [] };

test('attempts are made at once and after 1, 5, 30 and 120 minutes; then it has failed', async () => {
  const database = await ServerDatabase.open(':memory:');
  const { environment, goTo } = manualEnvironment(START_MS);
  const { now } = environment;
  const { kysely } = database;
  const queue = new DeliveryQueue({ database: kysely, now });
  const registry = new WebhookRegistry({ database: kysely, now, randomBytes });
  const receiver = await runReceiver((response) => void response.writeHead(503).end());
  const webhook = await registry.create('ws', { url: receiver.url, events: ['file.created'], active: true });
  const attempted = attempts();
  const deliverer = new Deliverer({
    queue,
    registry,
    environment,
    allowPrivate: true,
    onAttempt: attempted.add,
    onProblem: (error) => attempted.fail(error),
  });
  onTestFinished(async () => {
    await deliverer.stop();
    await database.close();
  });
  const happening = { webhook: webhook.id, workspace: 'ws', event: 'file.created', occurrence: 'one', data: {}, atMs: START_MS } as const;
  await queue.add([happening, happening]);
  await queue.add([happening]);
  deliverer.start();
  for (const minutes of [0, 1, 5, 30, 120]) {
    expect((await queue.next(NOTHING))?.next_attempt_ms).toBe(START_MS + minutes * MINUTE_MS);
    goTo(START_MS + minutes * MINUTE_MS);
    deliverer.wake();
    await attempted.next();
  }
  expect((await queue.list(webhook.id, { limit: 10 })).data).toMatchObject([
    { state: 'failed', attempts: 5, status: 503, nextAttemptAt: null },
  ]);
  expect(await queue.next(NOTHING)).toBeUndefined();
});

test('a receiver that hangs, with however much waiting for it, holds up no other', async () => {
  const database = await ServerDatabase.open(':memory:');
  const { environment } = manualEnvironment(START_MS);
  const { now } = environment;
  const { kysely } = database;
  const queue = new DeliveryQueue({ database: kysely, now });
  const registry = new WebhookRegistry({ database: kysely, now, randomBytes });
  const hangs = await runReceiver(() => undefined);
  const answers = await runReceiver();
  const [slow, quick] = [hangs, answers].map(({ url }) => registry.create('ws', { url, events: ['file.created'], active: true }));
  const deliverer = new Deliverer({ queue, registry, environment, allowPrivate: true, onProblem: () => undefined });
  onTestFinished(async () => {
    await deliverer.stop();
    await database.close();
  });
  const happening = { workspace: 'ws', event: 'file.created', data: {}, atMs: START_MS } as const;
  const backlog = Array.from({ length: 1000 }, (_, occurrence) => String(occurrence));
  const slowId = (await slow)?.id as string;
  await queue.add(backlog.map((occurrence) => ({ ...happening, webhook: slowId, occurrence })));
  const [quickDelivery] = await queue.add([{ ...happening, webhook: (await quick)?.id as string, occurrence: 'one' }]);
  deliverer.start();
  expect((await answers.next()).payload.id).toBe(quickDelivery);
});

/** Waits for attempts one by one. */
function attempts() {
  let made = Promise.withResolvers<void>();
  return {
    add: (): void => made.resolve(),
    fail: (error: unknown): void => made.reject(error),
    async next(): Promise<void> {
      await made.promise;
      made = Promise.withResolvers();
    },
  };
}
