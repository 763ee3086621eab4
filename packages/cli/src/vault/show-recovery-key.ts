import { formatRecoveryKey } from '@cloudsync/vault';
import type { Terminal } from '../terminal/terminal.ts';

const GROUPS_A_LINE = 7;

/** Prints a recovery key in two lines, for paper. It is shown this once and kept nowhere. */
export function showRecoveryKey(terminal: Terminal, key: Uint8Array): void {
  const groups = formatRecoveryKey(key).split('-');
  const { paintOut } = terminal;
  terminal.out('');
  terminal.out('Recovery key:');
  terminal.out('');
  for (let i = 0; i < groups.length; i += GROUPS_A_LINE)
    terminal.out(`    ${paintOut('bold', groups.slice(i, i + GROUPS_A_LINE).join('-'))}`);
  terminal.out('');
  terminal.out('Write it on paper and keep it away from the vault. It');
  terminal.out('opens the vault wherever a passphrase is asked for, and');
  terminal.out('it is not shown again.');
}
