import { SyncError } from '@cloudsync/engine';

/** A workspace of a server, as its address names it. Which protocol and key lead there is what `login` remembers. */
export interface WorkspaceAddress {
  /** `host` or `host:port`. */
  readonly host: string;
  readonly workspace: string;
  /** The one spelling of it: `cloudsync://host:port/workspace`. */
  readonly url: string;
}

const SCHEME = 'cloudsync://';
const NAME = /^[^/\\?#\p{Cc}]+$/u;

export function isWorkspaceUrl(text: string): boolean {
  return text.toLowerCase().startsWith(SCHEME);
}

/** Reads `cloudsync://host[:port]/workspace`. @throws SyncError `config/invalid` */
export function parseWorkspaceUrl(text: string): WorkspaceAddress {
  const match = /^cloudsync:\/\/([^/@?#\s]+)\/([^/]+)\/?$/i.exec(text);
  const host = match === null ? undefined : hostOf(match[1] as string);
  const workspace = match === null ? undefined : decoded(match[2] as string);
  if (host === undefined || workspace === undefined || !NAME.test(workspace)) {
    throw new SyncError('config/invalid', `${JSON.stringify(text)} names no workspace; write cloudsync://host/workspace, or with a port`);
  }
  return workspaceAddress(host, workspace);
}

/** @param host as in {@link WorkspaceAddress.host} */
export function workspaceAddress(host: string, workspace: string): WorkspaceAddress {
  if (!NAME.test(workspace)) {
    throw new SyncError('config/invalid', `${JSON.stringify(workspace)} cannot be the name of a workspace; leave out slashes, ? and #`);
  }
  return { host, workspace, url: `${SCHEME}${host}/${encodeURIComponent(workspace)}` };
}

/** In lower case, with its port; undefined when it is none. */
function hostOf(text: string): string | undefined {
  const url = URL.parse(`ws://${text}`);
  return url === null || url.pathname !== '/' || url.username !== '' ? undefined : `${url.hostname}${portOf(text)}`;
}

/** A port is kept as it is written: which one is the usual one depends on the protocol. */
function portOf(text: string): string {
  return /:\d+$/.exec(text)?.[0] ?? '';
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
