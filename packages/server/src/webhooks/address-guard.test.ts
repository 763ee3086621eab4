import { expect, test } from 'vitest';
import { assertPublicHost, isPublicAddress, lookupPublic } from './address-guard.ts';
import { sendWebhook } from './send-webhook.ts';

test.each(['93.184.216.34', '1.1.1.1', '2606:2800:220:1::1', '::ffff:1.1.1.1'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  ['this machine', '127.0.0.1'],
  ['this machine, another of its names', '127.255.0.1'],
  ['this machine in IPv6', '::1'],
  ['this machine in IPv4 in IPv6', '::ffff:127.0.0.1'],
  ['the same in hex', '::ffff:7f00:1'],
  ['nowhere', '0.0.0.0'],
  ['nowhere in IPv6', '::'],
  ['a private network', '10.1.2.3'],
  ['a private network', '172.16.0.1'],
  ['a private network', '192.168.1.1'],
  ['a private network in IPv6', 'fd00::1'],
  ['an older private network in IPv6', 'fec0::1'],
  ['the metadata of a cloud', '169.254.169.254'],
  ['link-local in IPv6', 'fe80::1'],
  ['a provider’s network', '100.64.0.1'],
  ['multicast', '224.0.0.1'],
  ['multicast in IPv6', 'ff02::1'],
  ['everybody', '255.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['for documents', '192.0.2.1'],
  ['an IPv4 address behind 6to4', '2002:7f00:1::'],
  ['an IPv4 address behind NAT64', '64:ff9b::7f00:1'],
  ['an IPv4 address behind Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ['no address', 'localhost'],
])('%s (%s) is not', (_what, address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  'http://127.0.0.1/',
  'http://[::1]:80/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://017700000001/',
  'https://[::ffff:10.0.0.1]/',
])('a webhook to %s is refused when it is made', (url) => {
  expect(() => assertPublicHost(url)).toThrow(expect.objectContaining({ code: 'server/invalid' }));
});

test('a name that leads to this machine is refused when it is resolved', async () => {
  for (const all of [true, false]) {
    const error = await new Promise<unknown>((resolve) => lookupPublic('localhost', { all }, (failure) => resolve(failure)));
    expect(error).toMatchObject({ code: 'server/invalid', message: expect.stringContaining('localhost is not on the public internet') });
  }
});

test('nothing is sent to such a name', async () => {
  const outcome = await sendWebhook({ url: 'http://localhost:9/', headers: {}, body: '{}', allowPrivate: false, timeoutMs: 5000 });
  expect(outcome).toEqual({ error: expect.stringContaining('localhost is not on the public internet') });
});
