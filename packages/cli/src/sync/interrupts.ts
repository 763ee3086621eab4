import { EXIT, type SyncPauseController } from '@cloudsync/engine';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first signal cancels, so that the state is saved; the second ends the process at once. @returns stops listening */
export function cancelOnSignals(control: SyncPauseController, onCancel: () => void): () => void {
  const listener = (): void => {
    if (control.cancelled) process.exit(EXIT.cancelled);
    control.cancel();
    onCancel();
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
