import { type Environment, SyncError } from '@cloudsync/engine';
import type { Dial, Params } from '@cloudsync/protocol';
import { backoffMs } from './backoff.ts';
import { type PushListener, Session, type Traffic } from './session.ts';
import { unreachable } from './wire-error.ts';

export interface ConnectionState {
  readonly status: 'connecting' | 'connected' | 'closed';
  /** Since when, milliseconds since 1970. */
  readonly sinceMs: number;
  /** Why it is not connected. */
  readonly error: SyncError | undefined;
}

export interface ConnectionOptions {
  readonly dial: Dial;
  readonly environment: Environment;
  /** Who this is. `key`: where the dial cannot give it to the server. */
  readonly hello: Omit<Params<'hello'>, 'protocols'>;
  readonly onPush: PushListener;
  /** Brings everything up to date in a new session; the connection counts as connected when this resolves. */
  readonly onSession: (session: Session) => Promise<void>;
}

const PROTOCOL = 1;
/** A server that refuses is asked again, in case somebody gives the right back; but not often. */
const REFUSED_RETRY_MS = 60_000;
/** A connection that lasted so long was a good one: the next attempt comes soon. */
const STEADY_MS = 5_000;
const HELLO_MAX_MS = 20_000;

/** A connection to a server that is made again whenever it is lost, until it is closed. */
export class Connection {
  /** Of all sessions together. */
  readonly traffic: Traffic = { sentBytes: 0, receivedBytes: 0 };
  readonly #options: ConnectionOptions;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  #waiting = new AbortController();
  #session: Session | undefined;
  #state: ConnectionState;
  #running: Promise<void> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#state = { status: 'connecting', sinceMs: options.environment.now(), error: undefined };
  }

  get state(): ConnectionState {
    // A session that has just ended is known to be over before anybody was told.
    const isOver = this.#state.status === 'connected' && this.#session?.isOpen !== true;
    return isOver ? { ...this.#state, status: 'connecting', error: unreachable('the connection ended') } : this.#state;
  }

  /** The session while there is one that is up to date. */
  get session(): Session | undefined {
    return this.state.status === 'connected' ? this.#session : undefined;
  }

  /** @throws SyncError why there is no connection now, retryable unless the server refused */
  mustHaveSession(): Session {
    const { session } = this;
    if (session !== undefined) return session;
    const { status, error } = this.state;
    throw error ?? unreachable(status === 'closed' ? 'it was closed' : 'not connected yet');
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#session?.close('closed');
    await this.#running;
    this.#setState('closed');
  }

  /** Does not wait any longer before the next attempt: what a server refused before it may allow now. */
  tryNow(): void {
    this.#waiting.abort();
  }

  /** Gives up the present session; a new one is made at once. */
  renew(reason: string): void {
    this.#session?.close(reason);
  }

  async #run(): Promise<void> {
    const { environment } = this.#options;
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        const session = await this.#connect(signal);
        this.#setState('connected');
        const sinceMs = environment.now();
        this.#setState('connecting', unreachable(await session.ended));
        if (environment.now() - sinceMs >= STEADY_MS) failures = 0;
      } catch (error) {
        this.#session?.close('given up');
        if (signal.aborted) return;
        this.#setState('connecting', asSyncError(error));
      }
      const { error } = this.#state;
      const waitMs = error?.retryable === false ? REFUSED_RETRY_MS : backoffMs(failures, environment);
      // Closing ends the wait, and so does somebody who asks for a connection now.
      this.#waiting = new AbortController();
      await environment.sleep(waitMs, AbortSignal.any([signal, this.#waiting.signal])).catch(() => undefined);
    }
  }

  async #connect(signal: AbortSignal): Promise<Session> {
    const { dial, environment, hello, onPush, onSession } = this.#options;
    const channel = await dial(signal);
    const session = new Session({ channel, environment, onPush, traffic: this.traffic });
    this.#session = session;
    if (signal.aborted) throw unreachable('it was closed');
    const said = new AbortController();
    const late = environment.sleep(HELLO_MAX_MS, said.signal).then(
      () => session.close('the server does not answer'),
      () => undefined,
    );
    try {
      await session.request('hello', { ...hello, protocols: [PROTOCOL] });
    } finally {
      said.abort();
      await late;
    }
    await onSession(session);
    if (!session.isOpen) throw unreachable(await session.ended);
    return session;
  }

  #setState(status: ConnectionState['status'], error?: SyncError): void {
    this.#state = { status, sinceMs: this.#options.environment.now(), error };
    for (const listener of [...this.#listeners]) listener(this.#state);
  }
}

/** Something else than a SyncError is a bug, here or there; it must not end the reconnecting. */
function asSyncError(error: unknown): SyncError {
  if (SyncError.is(error)) return error;
  const message = `the connection failed: ${error instanceof Error ? error.message : String(error)}`;
  return new SyncError('storage/unreachable', message, { cause: error, retryable: true });
}
