import { type Environment, SyncError } from '@cloudsync/engine';
import {
  type Dial,
  decodeRow,
  encodeHex,
  LIMITS,
  type Method,
  type Params,
  type Push,
  type PushName,
  parseCursor,
  type Result,
  type Row,
} from '@cloudsync/protocol';
import { Mirror } from '../mirror/mirror.ts';
import { Connection, type ConnectionState } from './connection.ts';
import type { Session, Traffic } from './session.ts';
import { unreachable } from './wire-error.ts';

export interface LiveWorkspaceOptions {
  /** Id or name. */
  readonly workspace: string;
  readonly dial: Dial;
  readonly environment: Environment;
  readonly device: { readonly id: string; readonly name: string };
  /** The key, where the dial cannot give it to the server. */
  readonly key?: string | undefined;
  /** What was remembered of an earlier run; `lost` when there was something that cannot be used any more. */
  readonly remembered?: Remembered | 'lost' | undefined;
}

/** So long what was on its way when a connection was lost waits for the next one. */
const RECONNECT_MAX_MS = 10_000;

/** Where a client is in a workspace's history. */
export interface Position {
  /** Id of the workspace. */
  readonly workspace: string;
  /** Of the last row that the mirror holds. */
  readonly cursor: string;
  readonly epoch: string;
  /** What of the workspace this member sees; another number is another view. */
  readonly view: number;
  /** Another one after the server's history turned out to be another. */
  readonly lineage: string;
}

export interface Remembered {
  /** Up to where somebody relies on having seen everything. */
  readonly position: Position;
  /** The tree at that place or, when it could not be kept in time, at an earlier one. */
  readonly kept: { readonly position: Position; readonly mirror: Mirror } | undefined;
}

/** Rows that came, with the paths at which something changed. */
export interface RowsArrived {
  readonly rows: readonly Row[];
  readonly paths: readonly string[];
  /** Where an entry of the rows is now, or was. */
  readonly pathOf: (id: number) => string | undefined;
  /** Id of the commit of this connection that made them. */
  readonly own: string | undefined;
  /** Contents of small files among the rows, by `content`. */
  readonly inline: ReadonlyMap<string, Uint8Array>;
}

export type Opened = Result<'open'>;

export interface WorkspaceListener {
  /** Rows were laid over the mirror. */
  readonly onRows?: (arrived: RowsArrived) => void;
  /** The mirror is up to date after it was not: `list` and such may say anything else than before. */
  readonly onCaughtUp?: () => void | Promise<void>;
}

/**
 * One workspace of a server as it is now: its tree in memory, kept up to date by what the server pushes. After a lost connection it asks for
 * what changed meanwhile.
 */
export class LiveWorkspace {
  readonly #options: LiveWorkspaceOptions;
  readonly #connection: Connection;
  readonly #listeners = new Set<WorkspaceListener>();
  #mirror = new Mirror();
  /** What the mirror knew before is no part of the history that comes next: a new lineage begins. */
  #isForeign: boolean;
  #position: Position | undefined;
  /** Whether the mirror holds what was at the position. */
  #isListed = false;
  /** Of an earlier run, which saw more than its mirror. */
  #reliedOn: string | undefined;
  #opened: Opened | undefined;
  /** Fetching rows; undefined when the server pushes them. */
  #catchingUp: Promise<void> | undefined;
  #isBehindAgain = false;
  /** Pushed while rows that come before are still asked for; undefined while nothing is asked for. */
  #early: Taken[] | undefined;

  constructor(options: LiveWorkspaceOptions) {
    this.#options = options;
    const { dial, environment, device, key, remembered } = options;
    this.#isForeign = remembered === 'lost';
    if (remembered !== undefined && remembered !== 'lost') {
      const { position, kept } = remembered;
      this.#reliedOn = position.cursor;
      this.#position = { ...position, cursor: kept?.position.cursor ?? position.cursor };
      this.#mirror = kept?.mirror ?? this.#mirror;
      this.#isListed = kept !== undefined;
    }
    this.#connection = new Connection({
      dial,
      environment,
      hello: key === undefined ? { device } : { device, key },
      onPush: (name, push) => this.#onPush(name, push),
      onSession: (session) => this.#begin(session),
    });
    this.#connection.start();
  }

  /** Read it between two waits only: rows change it whenever the event loop turns. */
  get mirror(): Mirror {
    return this.#mirror;
  }

  /** Undefined until the first connection, when nothing was remembered. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** What went over the wire so far. */
  get traffic(): Readonly<Traffic> {
    return this.#connection.traffic;
  }

  /** What tells this workspace, as it is seen here, from every other one. Undefined until the first connection, when nothing was remembered. */
  get identity(): string | undefined {
    if (this.#position === undefined) return undefined;
    const { workspace, epoch, view, lineage } = this.#position;
    return [workspace, epoch, view, lineage].join(':');
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** What the server answered to the last `open`. @throws SyncError when there was none yet */
  get opened(): Opened {
    if (this.#opened === undefined) throw this.state.error ?? new TypeError('not open yet');
    return this.#opened;
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#connection.onState(listener);
  }

  listen(listener: WorkspaceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the connection stands and the mirror is up to date. @throws SyncError why the first attempt to come there failed */
  async ready(): Promise<void> {
    const { status, error } = this.state;
    if (status === 'connected') return this.#catchingUp;
    if (error !== undefined || status === 'closed') this.#connection.mustHaveSession();
    await new Promise<void>((resolve, reject) => {
      const stop = this.onState((state) => {
        stop();
        if (state.status === 'connected') resolve();
        else reject(state.error ?? unreachable('it was closed'));
      });
    });
    await this.#catchingUp;
  }

  /** When the server refused, asks it again now and not after a while. */
  tryNow(): void {
    if (this.state.error?.retryable === false) this.#connection.tryNow();
  }

  /** Resolves when a connection that was lost is there again. @throws SyncError after a while, or when it will not come back */
  async reconnected(): Promise<void> {
    const waiting = new AbortController();
    const connected = new Promise<void>((resolve, reject) => {
      const look = ({ status, error }: ConnectionState): void => {
        if (status === 'connected') resolve();
        else if (status === 'closed' || error?.retryable === false) reject(error ?? unreachable('it was closed'));
      };
      const stop = this.onState(look);
      waiting.signal.addEventListener('abort', stop);
      look(this.state);
      this.#options.environment.sleep(RECONNECT_MAX_MS, waiting.signal).then(
        () => reject(this.state.error ?? unreachable('no connection')),
        () => undefined,
      );
    });
    try {
      await connected;
    } finally {
      waiting.abort();
    }
    await this.#catchingUp;
  }

  /** @throws SyncError what the server answered; `storage/unreachable` without a connection */
  async request<M extends Method>(method: M, params: Omit<Params<M>, 'workspace'>): Promise<Result<M>> {
    const session = this.#connection.mustHaveSession();
    const { workspace } = this.opened;
    return await session.request(method, { ...params, workspace } as unknown as Params<M>);
  }

  /** Resolves when the mirror holds at least what the server has committed by now. @throws SyncError `storage/unreachable` */
  async refresh(): Promise<void> {
    // What was committed before is pushed before this is answered, unless the server said that it does not push now.
    await this.request('stats', {});
    await this.#catchingUp;
  }

  /** Resolves when the mirror holds what was committed at `sequence`. */
  async holds(sequence: number): Promise<void> {
    if (this.#sequence < sequence) await (this.#catchingUp ?? this.ready());
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #begin(session: Session): Promise<void> {
    const { workspace } = this.#options;
    const cursor = this.#reliedOn ?? this.#position?.cursor;
    const opened = await session.request('open', cursor === undefined ? { workspace } : { workspace, cursor });
    this.#opened = opened;
    const { position } = this;
    const isSame = position?.view === opened.view && position.workspace === opened.workspace && this.#isListed;
    if (opened.resume === 'changes' && isSame) await this.#catchUpOrList(session, opened);
    else await this.#listAnew(session, opened);
    this.#reliedOn = undefined;
    for (const { onCaughtUp } of [...this.#listeners]) await onCaughtUp?.();
  }

  /** Where the mirror is may be too long ago for changes, or things came into view that changed before. */
  async #catchUpOrList(session: Session, opened: Opened): Promise<void> {
    try {
      await this.#catchUp(session);
    } catch (error) {
      const isForeign = SyncError.is(error, 'server/history-changed');
      if (!isForeign && !SyncError.is(error, 'server/cursor-too-old')) throw error;
      await this.#listAnew(session, isForeign ? { ...opened, resume: 'history-changed' } : opened);
    }
  }

  /** A foreign history gets a new lineage: what is not in it was not deleted. */
  async #listAnew(session: Session, { workspace, epoch, view, resume }: Opened): Promise<void> {
    const isOther = this.#position !== undefined && this.#position.workspace !== workspace;
    this.#isForeign ||= isOther || resume === 'history-changed';
    const lineage = this.#isForeign ? newLineage(this.#options.environment) : (this.#position?.lineage ?? '');
    const mirror = new Mirror();
    let [after, until]: [number, number | undefined] = [0, undefined];
    for (;;) {
      const page: Result<'tree'> = await session.request('tree', { workspace, after, until, limit: LIMITS.pageRowsMax });
      mirror.apply(page.rows.map(decodeRow));
      ({ after, until } = page);
      if (page.more) continue;
      this.#mirror = mirror;
      this.#position = { workspace, epoch, view, lineage, cursor: page.cursor };
      this.#isForeign = false;
      this.#isListed = true;
      return this.#catchUp(session);
    }
  }

  /** Asks for rows until there are no more; from then on the server pushes. What it pushes before the last of them are taken waits for them. */
  async #catchUp(session: Session): Promise<void> {
    this.#early = [];
    try {
      do {
        this.#isBehindAgain = false;
        await this.#takeChanges(session);
      } while (this.#isBehindAgain);
    } finally {
      this.#early = undefined;
    }
  }

  async #takeChanges(session: Session): Promise<void> {
    const { workspace, cursor: from } = this.#position as Position;
    const rows: Row[] = [];
    for (let cursor = from; ; ) {
      const page = await session.request('changes', { workspace, cursor, limit: LIMITS.pageRowsMax });
      rows.push(...page.rows.map(decodeRow));
      ({ cursor } = page);
      if (page.more) continue;
      // All pages at once: between two of them the tree may be in no state that ever was.
      this.#take({ rows, cursor, own: undefined, inline: new Map() });
      for (const early of this.#early?.splice(0) ?? []) this.#take(early);
      return;
    }
  }

  #onPush<P extends PushName>(name: P, push: Push<P>): void {
    switch (name) {
      case 'rows':
        this.#onRows(push as Push<'rows'>);
        break;
      case 'behind':
        this.#onBehind();
        break;
      case 'access':
      case 'closed':
        // The next session learns what is different, or why there is none.
        this.#connection.renew(name === 'closed' ? (push as Push<'closed'>).message : 'the rights of this member changed');
    }
  }

  #onRows({ workspace, rows, cursor, own, inline }: Push<'rows'>): void {
    if (workspace !== this.#position?.workspace) return;
    const taken = { rows: rows.map(decodeRow), cursor, own, inline: new Map(inline.map(([id, bytes]) => [encodeHex(id), bytes])) };
    if (this.#early === undefined) this.#take(taken);
    else this.#early.push(taken);
  }

  #take({ rows, cursor, own, inline }: Taken): void {
    this.#position = { ...(this.#position as Position), cursor };
    if (rows.length === 0) return;
    const before = new Map(rows.flatMap(({ id, deleted }) => (deleted ? [[id, this.#mirror.pathOf(id)]] : [])));
    const pathOf = (id: number): string | undefined => this.#mirror.pathOf(id) ?? before.get(id);
    const paths = this.#mirror.apply(rows);
    for (const { onRows } of [...this.#listeners]) onRows?.({ rows, paths, pathOf, own, inline });
  }

  get #sequence(): number {
    return parseCursor(this.#position?.cursor ?? '')?.sequence ?? 0;
  }

  #onBehind(): void {
    if (this.#early !== undefined) {
      this.#isBehindAgain = true;
      return;
    }
    const { session } = this.#connection;
    // While a session begins, it asks for rows anyway.
    if (session === undefined || this.#catchingUp !== undefined) return;
    const again = async (): Promise<void> => {
      await this.#catchUpOrList(session, this.opened);
      this.#catchingUp = undefined;
    };
    this.#catchingUp = again();
    this.#catchingUp.catch((error: unknown) => {
      this.#catchingUp = undefined;
      session.close(error instanceof Error ? error.message : String(error));
    });
  }
}

/** Rows, and where they lead. */
type Taken = Omit<RowsArrived, 'paths' | 'pathOf'> & { readonly cursor: string };

function newLineage({ random }: Environment): string {
  return Math.floor(random() * 2 ** 48).toString(16);
}
