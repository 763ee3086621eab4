import { EXIT, SyncError } from '@cloudsync/engine';
import { CommanderError } from 'commander';
import type { Terminal } from '../terminal/terminal.ts';
import { asError, errorLine, exitCodeOfError } from './failure.ts';

export interface FailureOptions {
  readonly terminal: Terminal;
  /** Programs read stdout: the failure is its last line. */
  readonly json: boolean;
  /** The command whose --help explains wrong usage. */
  readonly helpOf: string;
}

/** Says in one line why the command ended. @returns the exit code */
export function reportFailure(thrown: unknown, { terminal, json, helpOf }: FailureOptions): number {
  // A command group alone has printed its help already.
  if (thrown instanceof CommanderError && thrown.code === 'commander.help') return EXIT.usage;
  const usage = thrown instanceof CommanderError || SyncError.is(thrown, 'config/invalid');
  const error = asError(thrown);
  const message = error.message.replace(/^error: /, '').replace(/\n(\(Did you mean .*\))$/, ' $1');
  const code = usage ? 'config/invalid' : SyncError.is(error) ? error.code : 'internal';
  if (json) terminal.out(JSON.stringify({ time: new Date().toISOString(), type: 'error', code, message }));
  terminal.err(errorLine(usage ? `${message}; see ${helpOf} --help` : message));
  if (code === 'internal')
    terminal.err(
      process.env.CLOUDSYNC_DEBUG
        ? String(error.stack)
        : 'This is a bug in cloudsync; CLOUDSYNC_DEBUG=1 shows where. Nothing that was synced is lost.',
    );
  return usage ? EXIT.usage : exitCodeOfError(error);
}
