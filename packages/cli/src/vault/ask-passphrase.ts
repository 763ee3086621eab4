import * as prompts from '@clack/prompts';
import { SyncError } from '@cloudsync/engine';

/** Asks without showing what is typed. The questions go to stderr, so that the output of a command can be piped. @throws SyncError `sync/cancelled` */
export async function askPassphrase(message: string): Promise<string> {
  const answer = await prompts.password({ message, mask: '•', output: process.stderr });
  if (prompts.isCancel(answer)) throw cancelled();
  return answer ?? '';
}

/** Asks twice, until both are the same. @throws SyncError `sync/cancelled` */
export async function askNewPassphrase(message: string): Promise<string> {
  for (;;) {
    const first = await prompts.password({
      message,
      mask: '•',
      output: process.stderr,
      validate: (text) => (text ? undefined : 'Type a passphrase'),
    });
    if (prompts.isCancel(first)) throw cancelled();
    const second = await askPassphrase('The same again');
    if (first === second) return first;
    prompts.log.error('They differ; once more', { output: process.stderr });
  }
}

/** @throws SyncError `sync/cancelled` */
export async function askYesNo(message: string): Promise<boolean> {
  const answer = await prompts.confirm({ message, initialValue: false, output: process.stderr });
  if (prompts.isCancel(answer)) throw cancelled();
  return answer;
}

function cancelled(): SyncError {
  return new SyncError('sync/cancelled', 'cancelled; nothing was changed');
}
