import { SyncError } from '@cloudsync/engine';
import { currentClient } from '../account/client.ts';
import { writeSecretFile } from '../account/write-secret.ts';
import type { JsonFlags, UserFlags } from '../command-line/live/live-flags.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Asked<Flags> {
  readonly flags: Flags;
  readonly terminal: Terminal;
}

/** `cloudsync users list`. @returns the exit code */
export async function userListCommand({ flags, terminal }: Asked<JsonFlags>): Promise<number> {
  const client = await currentClient();
  for await (const user of client.users.list()) {
    const { id, name, email, serverRole, disabledAt } = user;
    const who = `${printable(name)}${email === null ? '' : ` <${printable(email)}>`}`;
    terminal.out(
      flags.json === true ? JSON.stringify(user) : `${serverRole.padEnd(6)}  ${who}  ${id}${disabledAt === null ? '' : '  disabled'}`,
    );
  }
  return 0;
}

/** `cloudsync users add`: the key is printed alone, so that it can be piped. @returns the exit code */
export async function userAddCommand(name: string, { flags, terminal }: Asked<UserFlags>): Promise<number> {
  const { email, admin, keyFile, json } = flags;
  const client = await currentClient();
  const serverRole = admin === true ? 'admin' : 'member';
  const user = await client.users.create({ name, serverRole, ...(email === undefined ? {} : { email }) });
  const { key } = user.apiKey;
  if (keyFile !== undefined) writeSecretFile(keyFile, key, `disable the user ${user.id}, and add him again`);
  if (json === true) terminal.out(JSON.stringify(user));
  else if (keyFile === undefined) terminal.out(key);
  if (json !== true)
    terminal.err(
      `Made the user ${printable(user.name)}; ${keyFile === undefined ? 'the key is shown this once' : `the key is in ${keyFile}`}`,
    );
  return 0;
}

/** `cloudsync users disable`. @returns the exit code */
export async function userDisableCommand(given: string, { flags, terminal }: Asked<JsonFlags>): Promise<number> {
  const client = await currentClient();
  for await (const { id, name, email } of client.users.list()) {
    if (id !== given && name !== given && email !== given) continue;
    await client.users.disable(id);
    terminal.out(flags.json === true ? JSON.stringify({ disabled: id }) : `Disabled ${printable(name)}`);
    return 0;
  }
  throw new SyncError('config/invalid', `no user is called ${given}; see cloudsync users list`);
}
