import { SyncError } from '@cloudsync/engine';

/** Where the socket of a server is. @throws SyncError `config/invalid` */
export function socketUrl(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new SyncError('config/invalid', `${JSON.stringify(endpoint)} is no address of a server; give one like https://host:8384`);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/socket`;
  return url;
}
