import { connect, type Socket } from 'node:net';
import { SyncError, type SyncErrorCode } from '@cloudsync/engine';
import * as z from 'zod/mini';
import { linesOf, parseJson, writeLine } from './lines.ts';
import { type AgentRequest, agentStatusSchema, answerSchema, changeSchema, logEntrySchema, outcomeSchema } from './messages.ts';
import { assertOwnFolder, controlSocketPath } from './socket-path.ts';

/** What each method answers: in the end, and before that. */
const RESULTS = {
  status: agentStatusSchema,
  sync: z.array(outcomeSchema),
  settled: z.array(outcomeSchema),
  reload: z.null(),
  stop: z.null(),
} as const;
const EVENTS = { watch: agentStatusSchema, changes: changeSchema, log: logEntrySchema } as const;

type Results = { [Method in keyof typeof RESULTS]: z.infer<(typeof RESULTS)[Method]> };
type Events = { [Method in keyof typeof EVENTS]: z.infer<(typeof EVENTS)[Method]> };
type ParametersOf<Method> = Omit<Extract<AgentRequest, { method: Method }>, 'id' | 'method'>;

/** A command's end of the control socket. It carries one request. */
export class AgentConnection {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @throws SyncError `agent/not-running` */
  static async open(home: string): Promise<AgentConnection> {
    const connection = await AgentConnection.openIfRunning(home);
    if (connection === undefined)
      throw new SyncError('agent/not-running', 'the agent is not running; start it with cloudsync start --detach');
    return connection;
  }

  /** @throws SyncError `agent/failed` */
  static async openIfRunning(home: string): Promise<AgentConnection | undefined> {
    const path = controlSocketPath(home);
    assertOwnFolder(path);
    const socket = connect(path);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    socket.once('connect', () => resolve(true)).on('error', () => resolve(false));
    return (await promise) ? new AgentConnection(socket) : undefined;
  }

  /** Asks, and closes the connection. @throws SyncError with the code of the agent's answer; `agent/failed` when it goes away */
  async ask<Method extends keyof Results>(method: Method, parameters?: ParametersOf<Method>): Promise<Results[Method]> {
    for await (const answer of this.#answers(method, parameters)) {
      const result = RESULTS[method].safeParse('result' in answer ? answer.result : undefined);
      if (result.success) return result.data as Results[Method];
      throw unreadable();
    }
    throw new SyncError('agent/failed', 'the agent ended before it answered; see cloudsync logs');
  }

  /** Everything that it tells, until it ends or the caller does. */
  async *events<Method extends keyof Events>(method: Method): AsyncGenerator<Events[Method]> {
    for await (const answer of this.#answers(method)) {
      const event = EVENTS[method].safeParse('event' in answer ? answer.event : undefined);
      if (!event.success) throw unreadable();
      yield event.data as Events[Method];
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  async *#answers(method: AgentRequest['method'], parameters: object = {}): AsyncGenerator<{ event: unknown } | { result: unknown }> {
    writeLine(this.#socket, { id: 1, method, ...parameters });
    try {
      for await (const line of linesOf(this.#socket)) {
        const answer = answerSchema.safeParse(parseJson(line));
        if (!answer.success) throw unreadable();
        if ('error' in answer.data) throw new SyncError(answer.data.error.code as SyncErrorCode, answer.data.error.message);
        yield answer.data;
      }
    } finally {
      this.#socket.destroy();
    }
  }
}

function unreadable(): SyncError {
  return new SyncError(
    'agent/failed',
    'the agent is of another version of cloudsync; restart it: cloudsync stop, cloudsync start --detach',
  );
}
