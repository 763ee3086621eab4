import type { Command } from 'commander';
import { collect } from '../collect.ts';

/** The first argument of every vault command. */
export const VAULT = ['<vault>', 'its place: ./v or vault:./v'] as const;

/** What opens a vault; without any of it CLOUDSYNC_PASSPHRASE does, or the user is asked. */
export function withOpening(command: Command): Command {
  return command
    .optionsGroup('Opening a vault (else CLOUDSYNC_PASSPHRASE, or you are asked):')
    .option('--passphrase-file <file>', 'its first line is the passphrase (- reads standard input); repeatable', collect)
    .option('--key-file <file>', 'this file opens it; repeatable', collect)
    .option('--accept-rollback', 'go on although the vault is older than when this device last saw it');
}
