import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchFolder } from '../scratch.test.support.ts';
import { Credentials, hostOfEndpoint, parseEndpoint } from './credentials.ts';
import { parseWorkspaceUrl, workspaceAddress } from './workspace-address.ts';

describe('addresses of workspaces', () => {
  test.each([
    ['cloudsync://host/notes', 'host', 'notes', 'cloudsync://host/notes'],
    ['cloudsync://Host:8787/notes/', 'host:8787', 'notes', 'cloudsync://host:8787/notes'],
    ['CloudSync://[::1]:80/a%20b', '[::1]:80', 'a b', 'cloudsync://[::1]:80/a%20b'],
  ])('%s', (text, host, workspace, url) => expect(parseWorkspaceUrl(text)).toEqual({ host, workspace, url }));

  test.each([
    'cloudsync://host',
    'cloudsync://host/',
    'cloudsync:///notes',
    'cloudsync://a@host/x',
    'cloudsync://host/a/b',
    'cloudsync://h/%2e%2f',
    'cloudsync://h/%',
  ])('%s is refused', (text) => expect(() => parseWorkspaceUrl(text)).toThrow(expect.objectContaining({ code: 'config/invalid' })));

  test('an address that is made is read back', () => {
    const made = workspaceAddress('host:1', 'Ann’s notes');
    expect(parseWorkspaceUrl(made.url)).toEqual(made);
  });
});

describe('addresses of servers', () => {
  test.each([
    ['sync.example.com', 'https://sync.example.com'],
    ['https://sync.example.com/', 'https://sync.example.com'],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['localhost', 'http://localhost'],
    ['localhost.example.com', 'https://localhost.example.com'],
    ['https://h:443', 'https://h'],
  ])('%s', (text, endpoint) => expect(parseEndpoint(text)).toBe(endpoint));

  test.each(['', 'ftp://h', 'http://u:p@h', 'http://h/path'])('%j is refused', (text) =>
    expect(() => parseEndpoint(text)).toThrow(expect.objectContaining({ code: 'config/invalid' })),
  );

  test('what an address of a workspace calls it', () => expect(hostOfEndpoint('http://127.0.0.1:8787')).toBe('127.0.0.1:8787'));
});

describe('credentials', () => {
  const ann = { endpoint: 'https://a.example.com', apiKey: 'cs_a' };
  const bob = { endpoint: 'http://127.0.0.1:8787', apiKey: 'cs_b' };

  test('lie in a file that only their owner can read', async () => {
    const home = scratchFolder();
    await new Credentials(home).remember(ann);
    expect(statSync(join(home, 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(home, 'credentials.json'), 'utf8')).toContain('cs_a');
  });

  test('the last login is the one that is meant; the others are found by their host', async () => {
    const credentials = new Credentials(scratchFolder());
    expect(() => credentials.current()).toThrow(expect.objectContaining({ code: 'account/not-logged-in' }));
    await credentials.remember(ann);
    await credentials.remember(bob);
    expect(credentials.current()).toEqual(bob);
    expect(credentials.forHost('a.example.com')).toEqual(ann);
    expect(credentials.forHost('a.example.com:443')).toEqual(ann);
    expect(() => credentials.forHost('a.example.com:80')).toThrow(expect.objectContaining({ code: 'account/not-logged-in' }));
  });

  test('after a logout the login before it is meant again', async () => {
    const credentials = new Credentials(scratchFolder());
    await credentials.remember(ann);
    await credentials.remember(bob);
    expect(await credentials.forget(bob.endpoint)).toEqual([ann]);
    expect(credentials.current()).toEqual(ann);
  });

  test('a damaged file says so', async () => {
    const home = scratchFolder();
    writeFileSync(join(home, 'credentials.json'), '{"version":1}');
    expect(() => new Credentials(home).all()).toThrow(expect.objectContaining({ code: 'state/corrupt' }));
  });

  test('of many logins at once none is lost', async () => {
    const home = scratchFolder();
    const endpoints = Array.from({ length: 8 }, (_, i) => `https://h${i}`);
    await Promise.all(endpoints.map((endpoint) => new Credentials(home).remember({ endpoint, apiKey: 'k' })));
    expect(
      new Credentials(home)
        .all()
        .map(({ endpoint }) => endpoint)
        .sort(),
    ).toEqual(endpoints);
  });
});
