import { type Environment, SyncError } from '@cloudsync/engine';
import {
  type Dial,
  decodeRow,
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
  readonly position: Position;
  readonly mirror: Mirror;
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
  #opened: Opened | undefined;
  /** Fetching rows; undefined when the server pushes them. */
  #catchingUp: Promise<void> | undefined;
  #isBehindAgain = false;

  constructor(options: LiveWorkspaceOptions) {
    this.#options = options;
    const { dial, environment, device, key, remembered } = options;
    this.#isForeign = remembered === 'lost';
    if (remembered !== undefined && remembered !== 'lost') {
      this.#mirror = remembered.mirror;
      this.#position = remembered.position;
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
        else reject(state.error ?? new SyncError('storage/unreachable', 'it was closed', { retryable: true }));
      });
    });
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
    const cursor = this.#position?.cursor;
    const opened = await session.request('open', cursor === undefined ? { workspace } : { workspace, cursor });
    const isSameView =
      this.#position === undefined || (this.#position.view === opened.view && this.#position.workspace === opened.workspace);
    this.#opened = opened;
    if (opened.resume === 'changes' && isSameView && this.#position !== undefined) {
      await this.#catchUp(session);
    } else {
      await this.#listAnew(session, opened);
    }
    for (const { onCaughtUp } of [...this.#listeners]) await onCaughtUp?.();
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
      return this.#catchUp(session);
    }
  }

  /** Asks for rows until there are no more; from then on the server pushes. */
  async #catchUp(session: Session): Promise<void> {
    const position = this.#position as Position;
    const rows: Row[] = [];
    let { cursor } = position;
    for (;;) {
      const page = await session.request('changes', { workspace: position.workspace, cursor, limit: LIMITS.pageRowsMax });
      rows.push(...page.rows.map(decodeRow));
      cursor = page.cursor;
      if (!page.more) break;
    }
    // All pages at once: between two of them the tree may be in no state that ever was.
    this.#take({ rows, cursor, own: undefined, inline: new Map() });
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
    this.#take({ rows: rows.map(decodeRow), cursor, own, inline: new Map(inline.map(([id, bytes]) => [toHex(id), bytes])) });
  }

  #take({ rows, cursor, own, inline }: Omit<RowsArrived, 'paths' | 'pathOf'> & { readonly cursor: string }): void {
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
    const { session } = this.#connection;
    // While a session begins, it asks for rows anyway.
    if (session === undefined) return;
    if (this.#catchingUp !== undefined) {
      this.#isBehindAgain = true;
      return;
    }
    const again = async (): Promise<void> => {
      do {
        this.#isBehindAgain = false;
        await this.#catchUp(session);
      } while (this.#isBehindAgain);
      this.#catchingUp = undefined;
    };
    this.#catchingUp = again();
    this.#catchingUp.catch((error: unknown) => {
      this.#catchingUp = undefined;
      session.close(error instanceof Error ? error.message : String(error));
    });
  }
}

function newLineage({ random }: Environment): string {
  return Math.floor(random() * 2 ** 48).toString(16);
}

function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
