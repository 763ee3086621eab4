import { SyncError } from '@cloudsync/engine';
import { ROLES, type Role } from '@cloudsync/protocol/rest/workspaces';
import type { MemberFlags, WorkspaceFlags } from '../command-line/live/live-flags.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type OpenWorkspace, openWorkspace } from './workspace-meant.ts';

interface Asked<Flags> {
  readonly flags: Flags;
  readonly terminal: Terminal;
}

/** `cloudsync members list`. @returns the exit code */
export async function memberListCommand({ flags, terminal }: Asked<WorkspaceFlags>): Promise<number> {
  const { client, workspace } = await openWorkspace(flags.workspace);
  for await (const member of client.members.list(workspace)) {
    const { userId, name, email, role } = member;
    const who = `${printable(name)}${email === null ? '' : ` <${printable(email)}>`}`;
    terminal.out(flags.json === true ? JSON.stringify(member) : `${role.padEnd(6)}  ${who}  ${userId}`);
  }
  return 0;
}

/** `cloudsync members add`: somebody who is a member already gets the role. @returns the exit code */
export async function memberAddCommand(user: string, { flags, terminal }: Asked<MemberFlags>): Promise<number> {
  const open = await openWorkspace(flags.workspace);
  const role = parseRole(flags.role ?? 'editor');
  const known = await memberNamed(open, user);
  const member =
    known === undefined
      ? await open.client.members.add(open.workspace, user, role)
      : await open.client.members.update(open.workspace, known.userId, role);
  terminal.out(flags.json === true ? JSON.stringify(member) : `${printable(member.name)} is ${member.role} of ${open.workspace}`);
  return 0;
}

/** `cloudsync members remove`. @returns the exit code */
export async function memberRemoveCommand(user: string, { flags, terminal }: Asked<WorkspaceFlags>): Promise<number> {
  const open = await openWorkspace(flags.workspace);
  const member = await memberNamed(open, user);
  if (member === undefined) throw new SyncError('config/invalid', `${user} is no member of ${open.workspace}; see cloudsync members list`);
  await open.client.members.remove(open.workspace, member.userId);
  terminal.out(
    flags.json === true ? JSON.stringify({ removed: member.userId }) : `Removed ${printable(member.name)} from ${open.workspace}`,
  );
  return 0;
}

async function memberNamed({ client, workspace }: OpenWorkspace, user: string) {
  for await (const member of client.members.list(workspace))
    if (member.userId === user || member.email === user || member.name === user) return member;
  return undefined;
}

function parseRole(text: string): Role {
  const role = ROLES.find((candidate) => candidate === text.toLowerCase());
  if (role === undefined) throw new SyncError('config/invalid', `unknown role ${JSON.stringify(text)}; use one of ${ROLES.join(', ')}`);
  return role;
}
