import { SyncError } from '@cloudsync/engine';
import * as z from 'zod/mini';
import { PrivateFile } from '../device/private-file.ts';

/** What leads to a server. */
export interface Account {
  /** `https://host[:port]`, without a path. */
  readonly endpoint: string;
  readonly apiKey: string;
}

const schema = z.object({
  version: z.literal(1),
  /** The server that names without a host mean. */
  current: z.optional(z.string()),
  accounts: z.array(z.object({ endpoint: z.string(), apiKey: z.string() })),
});

export const DEFAULT_ENDPOINT = 'http://127.0.0.1:8787';

/** The servers that this device is logged in to, in `credentials.json` (docs/formats/device.md). */
export class Credentials {
  readonly #file: PrivateFile<z.infer<typeof schema>>;

  constructor(home: string) {
    this.#file = new PrivateFile({ home, name: 'credentials.json', schema, empty: { version: 1, accounts: [] } });
  }

  /** The account that was logged in to last. @throws SyncError `account/not-logged-in` */
  current(): Account {
    const account = this.currentIfAny();
    if (account === undefined)
      throw new SyncError('account/not-logged-in', `not logged in to a server; run cloudsync login --endpoint URL`);
    return account;
  }

  currentIfAny(): Account | undefined {
    const { accounts, current } = this.#file.read();
    return accounts.find(({ endpoint }) => endpoint === current);
  }

  /** The account of the server that an address names. @throws SyncError `account/not-logged-in` */
  forHost(host: string): Account {
    const account = this.forHostIfAny(host);
    if (account === undefined) {
      throw new SyncError(
        'account/not-logged-in',
        `not logged in to ${host}; run cloudsync login --endpoint ${isThisMachine(host) ? 'http' : 'https'}://${host}`,
      );
    }
    return account;
  }

  forHostIfAny(host: string): Account | undefined {
    return this.#file.read().accounts.find(({ endpoint }) => isHostOf(endpoint, host));
  }

  all(): readonly Account[] {
    return this.#file.read().accounts;
  }

  async remember(account: Account): Promise<void> {
    await this.#file.update(({ accounts }) => ({
      version: 1,
      current: account.endpoint,
      accounts: [...accounts.filter(({ endpoint }) => endpoint !== account.endpoint), { ...account }],
    }));
  }

  /** @returns the accounts that are left */
  async forget(endpoint: string): Promise<readonly Account[]> {
    const { accounts } = await this.#file.update((file) => {
      const left = file.accounts.filter((account) => account.endpoint !== endpoint);
      const current = file.current === endpoint ? left.at(-1)?.endpoint : file.current;
      return { version: 1, ...(current === undefined ? {} : { current }), accounts: left };
    });
    return accounts;
  }
}

/** What a `cloudsync://` address calls the server: its host, and its port unless it is the usual one of the protocol. */
export function hostOfEndpoint(endpoint: string): string {
  return new URL(endpoint).host;
}

/** A port that is the usual one of the protocol may be written or left out. */
function isHostOf(endpoint: string, host: string): boolean {
  const url = new URL(endpoint);
  return URL.parse(`${url.protocol}//${host}`)?.host === url.host;
}

/** A server on this machine needs no certificate. */
function isThisMachine(text: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?\/?$/i.test(text);
}

/** The one spelling of a server's address. @throws SyncError `config/invalid` */
export function parseEndpoint(text: string): string {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${isThisMachine(text) ? 'http' : 'https'}://${text}`);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.pathname !== '/') {
    throw new SyncError('config/invalid', `${JSON.stringify(text)} is not the address of a server; write https://host or http://host:port`);
  }
  return url.origin;
}
