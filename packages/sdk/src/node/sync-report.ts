import type { Action, SyncError, SyncProgressEvent, SyncResult } from '@cloudsync/engine';
import type { CloudSyncEvents, Emitter, SyncOf } from '../events.ts';

/** Makes the events of a client out of those of the engine. */
export class SyncReport {
  readonly #of: SyncOf;
  readonly #events: Emitter<CloudSyncEvents>;
  #progress = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 };
  /** Bytes of files that are on their way. */
  readonly #moving = new Map<string, number>();

  constructor(of: SyncOf, events: Emitter<CloudSyncEvents>) {
    this.#of = of;
    this.#events = events;
  }

  /** What will be done; nothing is told of a cycle that has nothing to do. */
  planned(actions: readonly Action[]): void {
    if (actions.length === 0) return;
    const files = actions.filter(({ type, kind, attributesOnly }) => /^(UP|DOWN)LOAD/.test(type) && kind !== 'folder' && !attributesOnly);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    this.#progress = { filesDone: 0, filesTotal: files.length, bytesDone: 0, bytesTotal: bytes };
    this.#moving.clear();
    this.#events.emit('sync:start', { ...this.#of, files: files.map(({ path }) => path), bytes });
  }

  onEvent(event: SyncProgressEvent): void {
    switch (event.type) {
      case 'upload_progress':
      case 'download_progress':
        this.#progress.bytesDone += event.bytesTransferred - (this.#moving.get(event.path) ?? 0);
        this.#moving.set(event.path, event.bytesTransferred);
        this.#moved(event.path);
        break;
      case 'upload_complete':
      case 'download_complete':
        if (event.kind === 'folder' || event.attributesOnly) break;
        this.#progress.filesDone++;
        this.#progress.bytesDone += event.totalBytes - (this.#moving.get(event.path) ?? 0);
        this.#moving.delete(event.path);
        this.#moved(event.path);
        break;
      case 'issue':
        if (event.issue.severity === 'failed') this.#events.emit('sync:error', { ...this.#of, ...event.issue, error: undefined });
        break;
    }
  }

  ended({ statistics, conflicts, actions, stopped }: SyncResult): void {
    for (const { path, outcome, message } of conflicts)
      this.#events.emit('sync:conflict', { ...this.#of, path, outcome: String(outcome), message });
    if (stopped !== undefined) this.#events.emit('sync:error', { ...this.#of, ...stopped, path: undefined, error: undefined });
    if (actions.length === 0) return;
    const { durationMs: duration, uploaded, downloaded, renamed, conflictsLeft, failed } = statistics;
    const deleted = statistics.deletedAtSource + statistics.deletedAtDestination;
    this.#events.emit('sync:complete', { ...this.#of, duration, uploaded, downloaded, deleted, renamed, conflictsLeft, failed });
  }

  failed(error: SyncError): void {
    this.#events.emit('sync:error', { ...this.#of, code: error.code, message: error.message, path: error.path, error });
  }

  #moved(path: string): void {
    this.#events.emit('sync:progress', { ...this.#of, path, ...this.#progress });
  }
}
