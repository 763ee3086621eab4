/*
 * What the command line hands to the commands of live sync: the text of each option as it was typed, undefined when it was not.
 */

export interface JsonFlags {
  readonly json?: boolean;
}

export interface ServeFlags {
  readonly data?: string;
  readonly host?: string;
  readonly port?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly ownerKeyFile?: string;
  readonly publicUrl?: string;
  readonly allowPrivateWebhooks?: boolean;
  readonly trustProxy?: boolean;
  readonly newOwnerKey?: boolean;
}

export interface LoginFlags {
  readonly endpoint?: string;
  readonly apiKeyFile?: string;
}

export interface LinkFlags {
  readonly create?: boolean;
  /** Folders of the workspace that are not kept here. */
  readonly skip?: readonly string[];
}

export interface StartFlags extends JsonFlags {
  readonly detach?: boolean;
}

export interface LogsFlags extends JsonFlags {
  readonly follow?: boolean;
  readonly lines?: string;
}

export interface ConfigFlags extends JsonFlags {
  /** Only for this link. */
  readonly folder?: string;
}

export interface SelectFlags extends JsonFlags {
  readonly skip?: readonly string[];
  readonly keep?: readonly string[];
  readonly all?: boolean;
}

/** For commands that work on a workspace of a server. */
export interface WorkspaceFlags extends JsonFlags {
  readonly workspace?: string;
}

export interface ListFlags extends WorkspaceFlags {
  readonly recursive?: boolean;
  readonly trash?: boolean;
}

export interface RestoreFlags extends WorkspaceFlags {
  readonly at?: string;
}

export interface ShareFlags extends WorkspaceFlags {
  readonly expires?: string;
  readonly passwordFile?: string;
  readonly maxDownloads?: string;
  readonly edit?: boolean;
}

export interface MemberFlags extends WorkspaceFlags {
  readonly role?: string;
}

export interface KeyFlags extends JsonFlags {
  readonly name?: string;
  readonly scope?: readonly string[];
  readonly expires?: string;
}

export interface RevokeFlags extends JsonFlags {
  readonly force?: boolean;
}

export interface UserFlags extends JsonFlags {
  readonly email?: string;
  readonly admin?: boolean;
  readonly keyFile?: string;
}

export interface WebhookFlags extends WorkspaceFlags {
  readonly event?: readonly string[];
}

export interface ActivityFlags extends WorkspaceFlags {
  readonly limit?: string;
}

export interface ServiceFlags {
  readonly print?: boolean;
}

/** What the command line can do with servers, links and the agent. */
export interface LiveCommands {
  serve(flags: ServeFlags): Promise<void>;
  login(flags: LoginFlags): Promise<void>;
  logout(endpoint: string | undefined): Promise<void>;
  whoami(flags: JsonFlags): Promise<void>;
  init(folder: string | undefined, workspace: string | undefined, flags: LinkFlags): Promise<void>;
  link(folder: string, workspace: string, flags: LinkFlags): Promise<void>;
  unlink(folder: string | undefined): Promise<void>;
  start(flags: StartFlags): Promise<void>;
  stop(): Promise<void>;
  pause(folder: string | undefined): Promise<void>;
  resume(folder: string | undefined): Promise<void>;
  logs(flags: LogsFlags): Promise<void>;
  configGet(key: string, flags: ConfigFlags): Promise<void>;
  configSet(key: string, values: readonly string[], flags: ConfigFlags): Promise<void>;
  configUnset(key: string, flags: ConfigFlags): Promise<void>;
  configList(flags: ConfigFlags): Promise<void>;
  select(folder: string | undefined, flags: SelectFlags): Promise<void>;
  list(path: string | undefined, flags: ListFlags): Promise<void>;
  versions(path: string, flags: WorkspaceFlags): Promise<void>;
  restore(path: string, flags: RestoreFlags): Promise<void>;
  shareList(flags: WorkspaceFlags): Promise<void>;
  shareCreate(path: string, flags: ShareFlags): Promise<void>;
  shareRemove(share: string, flags: WorkspaceFlags): Promise<void>;
  memberList(flags: WorkspaceFlags): Promise<void>;
  memberAdd(user: string, flags: MemberFlags): Promise<void>;
  memberRemove(user: string, flags: WorkspaceFlags): Promise<void>;
  keyList(flags: JsonFlags): Promise<void>;
  keyCreate(flags: KeyFlags): Promise<void>;
  keyRevoke(key: string, flags: RevokeFlags): Promise<void>;
  userList(flags: JsonFlags): Promise<void>;
  userAdd(name: string, flags: UserFlags): Promise<void>;
  userDisable(user: string, flags: JsonFlags): Promise<void>;
  webhookList(flags: WorkspaceFlags): Promise<void>;
  webhookAdd(url: string, flags: WebhookFlags): Promise<void>;
  webhookRemove(webhook: string, flags: WorkspaceFlags): Promise<void>;
  webhookTest(webhook: string, flags: WorkspaceFlags): Promise<void>;
  activity(flags: ActivityFlags): Promise<void>;
  serviceInstall(flags: ServiceFlags): Promise<void>;
  serviceUninstall(): Promise<void>;
}
