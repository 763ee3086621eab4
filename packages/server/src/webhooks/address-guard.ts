import { lookup as resolve } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { SyncError } from '@cloudsync/engine';
import ipaddr from 'ipaddr.js';

/**
 * Whether an address is one of the public internet. Everything else (this machine, its network, the metadata service of a cloud, and
 * forms of IPv6 that carry an IPv4 address inside) could be reached by us but not by whoever made the webhook.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return parsed.range() === 'unicast' && !(parsed.kind() === 'ipv6' && isDeprecatedSiteLocal(parsed as ipaddr.IPv6));
}

/** fec0::/10, which was private before fc00::/7 was. */
function isDeprecatedSiteLocal(address: ipaddr.IPv6): boolean {
  return address.match(ipaddr.IPv6.parse('fec0::'), 10);
}

/** @throws SyncError `server/invalid` for a URL whose host is an address that is not public */
export function assertPublicHost(url: string): void {
  const host = hostOf(new URL(url));
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(host);
}

/** Without the brackets of IPv6. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** For `http.request`: resolves a name and gives only what is public, so that the address which was checked is the one connected to. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { all: true, family: options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : (options.family ?? 0) }).then(
    (addresses) => {
      const found = addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = found;
      if (first === undefined) return callback(notPublic(hostname), '', 0);
      if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    },
    (error: NodeJS.ErrnoException) => callback(error, '', 0),
  );
};

function notPublic(host: string): SyncError {
  return new SyncError('server/invalid', `${host} is not on the public internet; webhooks go there only with --allow-private-webhooks`);
}
