import type { StateDirectory } from './state-directory.ts';
export class SyncStateManager {
  readonly directory: StateDirectory;
  constructor(directory: StateDirectory) {
    this.directory = directory;
  }
}
