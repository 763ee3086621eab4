import { SyncError } from '@cloudsync/engine';
import { tellAgentToReload } from '../agent/control/tell-agent.ts';
import type { JsonFlags, LoginFlags } from '../command-line/live/live-flags.ts';
import { deviceHome, surroundings } from '../device/state-home.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { askPassphrase } from '../vault/ask-passphrase.ts';
import { clientOf } from './client.ts';
import { Credentials, DEFAULT_ENDPOINT, parseEndpoint } from './credentials.ts';
import { readSecretFile } from './read-secret.ts';

/** `cloudsync login`: the key is tried before it is kept. @returns the exit code */
export async function loginCommand(flags: LoginFlags, terminal: Terminal): Promise<number> {
  const home = deviceHome(surroundings());
  const credentials = new Credentials(home);
  const endpoint = parseEndpoint(flags.endpoint ?? credentials.currentIfAny()?.endpoint ?? DEFAULT_ENDPOINT);
  const account = { endpoint, apiKey: await givenKey(flags, endpoint, terminal) };
  const { name } = await (await clientOf(account)).me();
  await credentials.remember(account);
  await tellAgentToReload(home);
  terminal.out(`Logged in to ${endpoint} as ${printable(name)}`);
  return 0;
}

async function givenKey({ apiKeyFile }: LoginFlags, endpoint: string, terminal: Terminal): Promise<string> {
  if (apiKeyFile !== undefined) return await readSecretFile(apiKeyFile, 'the API key');
  if (process.env.CLOUDSYNC_API_KEY) return process.env.CLOUDSYNC_API_KEY;
  if (terminal.canAsk) return (await askPassphrase(`API key for ${endpoint}`)).trim();
  throw new SyncError('config/invalid', 'there is no terminal to ask for the API key on; use --api-key-file FILE or CLOUDSYNC_API_KEY');
}

/** `cloudsync logout`: this device forgets the key; the key itself stays good until it is revoked. @returns the exit code */
export async function logoutCommand(given: string | undefined, terminal: Terminal): Promise<number> {
  const home = deviceHome(surroundings());
  const credentials = new Credentials(home);
  const endpoint = given === undefined ? credentials.current().endpoint : parseEndpoint(given);
  if (!credentials.all().some((account) => account.endpoint === endpoint))
    throw new SyncError('account/not-logged-in', `not logged in to ${endpoint}; see cloudsync whoami`);
  await credentials.forget(endpoint);
  await tellAgentToReload(home);
  terminal.out(`Logged out of ${endpoint}; its key stays good until it is revoked (cloudsync keys revoke)`);
  return 0;
}

/** `cloudsync whoami`. @returns the exit code */
export async function whoamiCommand({ json }: JsonFlags, terminal: Terminal): Promise<number> {
  const account = new Credentials(deviceHome(surroundings())).current();
  const me = await (await clientOf(account)).me();
  if (json === true) {
    terminal.out(JSON.stringify({ endpoint: account.endpoint, ...me }, null, 2));
    return 0;
  }
  terminal.out(`${printable(me.name)}${me.email === null ? '' : ` <${printable(me.email)}>`} on ${account.endpoint}`);
  const until = me.key.expiresAt === null ? '' : `, until ${me.key.expiresAt}`;
  terminal.out(`Key:    ${printable(me.key.name)}${until}`);
  terminal.out(`Scopes: ${me.key.scopes.join(' ')}`);
  return 0;
}
