import type { Kind, SyncError } from '@cloudsync/engine';

/** What a client tells of, by name. */
export interface CloudSyncEvents {
  /** A sync has planned what to do and begins. */
  'sync:start': SyncStartEvent;
  /** Something of it moved on. */
  'sync:progress': SyncProgress;
  /** It is through. */
  'sync:complete': SyncCompleteEvent;
  /** It could not run, or some of its files could not be synced. */
  'sync:error': SyncErrorEvent;
  /** Both sides changed one file. */
  'sync:conflict': SyncConflictEvent;
  /** Something changed at the server. */
  change: ChangeEvent;
}

/** Which sync an event is of. */
export interface SyncOf {
  /** Absolute, or as it was given. */
  readonly folder: string;
  /** As it was given. */
  readonly workspace: string;
}

export interface SyncStartEvent extends SyncOf {
  /** Paths of the files that will be sent or fetched. */
  readonly files: readonly string[];
  /** Bytes of all of them. */
  readonly bytes: number;
}

export interface SyncProgress extends SyncOf {
  readonly path: string;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface SyncCompleteEvent extends SyncOf {
  /** Milliseconds. */
  readonly duration: number;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly deleted: number;
  readonly renamed: number;
  /** Conflicts that somebody has to decide. */
  readonly conflictsLeft: number;
  readonly failed: number;
}

export interface SyncErrorEvent extends SyncOf {
  /** Stable; see SyncErrorCode. */
  readonly code: string;
  readonly message: string;
  /** Undefined: the whole sync could not run. */
  readonly path: string | undefined;
  readonly error: SyncError | undefined;
}

export interface SyncConflictEvent extends SyncOf {
  readonly path: string;
  /** What became of it: `resolved` by the strategy, or `unresolved`. */
  readonly outcome: string;
  readonly message: string;
}

export interface ChangeEvent {
  /** Id of the workspace. */
  readonly workspace: string;
  /** Where the entry is now, or was; undefined when this client never saw it. */
  readonly path: string | undefined;
  readonly kind: Kind;
  readonly action: 'created' | 'modified' | 'moved' | 'deleted' | 'restored' | 'attributes';
  /** Number of the change. */
  readonly version: number;
}

type Listener<E> = (event: E) => void;

/** Listeners by the name of what they are told. A listener that throws does not keep the others from being told. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** @returns what ends it */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener as Listener<never>));
    return () => this.off(name, listener);
  }

  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    this.#listeners.get(name)?.delete(listener as Listener<never>);
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        (listener as Listener<Events[Name]>)(event);
      } catch (error) {
        // What a listener does wrong is its program's business, and shows there as an unhandled rejection.
        void Promise.reject(error);
      }
    }
  }
}
