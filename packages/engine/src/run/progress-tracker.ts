import { type SyncProgressEvent, type SyncStage, stageOf } from './events.ts';

/** Hands events to a callback and keeps the running totals that a progress display needs. */
export class SyncProgressTracker {
  readonly #callback: (event: SyncProgressEvent) => void;
  stage: SyncStage | undefined;
  totalFiles = 0;
  completedFiles = 0;
  totalBytes = 0;
  completedBytes = 0;
  readonly #inFlight = new Map<string, number>();

  constructor(callback: (event: SyncProgressEvent) => void = () => undefined) {
    this.#callback = callback;
  }

  emit(event: SyncProgressEvent): void {
    this.stage = stageOf(event) ?? this.stage;
    switch (event.type) {
      case 'sync_start':
        this.totalFiles = event.totalFiles;
        this.totalBytes = event.totalBytes;
        this.completedFiles = 0;
        this.completedBytes = 0;
        this.#inFlight.clear();
        break;
      case 'upload_progress':
      case 'download_progress':
        this.completedBytes += event.bytesTransferred - (this.#inFlight.get(event.path) ?? 0);
        this.#inFlight.set(event.path, event.bytesTransferred);
        break;
      case 'upload_complete':
      case 'download_complete':
        if (event.kind === 'folder' || event.attributesOnly) break;
        this.completedFiles++;
        this.completedBytes += event.totalBytes - (this.#inFlight.get(event.path) ?? 0);
        this.#inFlight.delete(event.path);
        break;
    }
    this.#callback(event);
  }
}
