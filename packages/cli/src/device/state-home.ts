import { homedir, userInfo } from 'node:os';
import { posix, win32 } from 'node:path';
import { SyncError } from '@cloudsync/engine';

/** The machine and user that a path is found for; a plain value, so that every platform's rules are tested on every platform. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The user's home folder, or undefined when nothing knows it. */
  readonly home: string | undefined;
}

export function surroundings(): Surroundings {
  return { platform: process.platform, env: process.env, cwd: process.cwd(), home: homeOfUser() };
}

/**
 * The folder that holds one folder per pair: `--state-dir`, else `$CLOUDSYNC_HOME/state`, else the platform's place for
 * the state of programs ($XDG_STATE_HOME, freedesktop.org basedir-spec 0.8; Application Support; LOCALAPPDATA).
 * @throws SyncError `config/invalid` when none of them can be found
 */
export function stateHome(stateDir: string | undefined, { platform, env, cwd, home }: Surroundings): string {
  const { resolve, join, isAbsolute } = platform === 'win32' ? win32 : posix;
  if (stateDir !== undefined) return resolve(cwd, stateDir);
  if (env.CLOUDSYNC_HOME) return join(resolve(cwd, env.CLOUDSYNC_HOME), 'state');
  if (platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'cloudsync', 'state');
  const xdg = env.XDG_STATE_HOME;
  if (platform !== 'win32' && platform !== 'darwin' && xdg && isAbsolute(xdg)) return join(xdg, 'cloudsync');
  if (home === undefined) {
    throw new SyncError('config/invalid', 'no home folder is known to keep the state in; set CLOUDSYNC_HOME or use --state-dir DIR');
  }
  if (platform === 'win32') return join(home, 'AppData', 'Local', 'cloudsync', 'state');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'cloudsync', 'state');
  return join(home, '.local', 'state', 'cloudsync');
}

/**
 * The folder of what a device is set up with: credentials, links, settings, the agent's log and socket. `$CLOUDSYNC_HOME`, else the
 * platform's place for settings ($XDG_CONFIG_HOME; Application Support; LOCALAPPDATA).
 * @throws SyncError `config/invalid` when none of them can be found
 */
export function deviceHome({ platform, env, cwd, home }: Surroundings): string {
  const { resolve, join, isAbsolute } = platform === 'win32' ? win32 : posix;
  if (env.CLOUDSYNC_HOME) return resolve(cwd, env.CLOUDSYNC_HOME);
  if (platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'cloudsync');
  const xdg = env.XDG_CONFIG_HOME;
  if (platform !== 'win32' && platform !== 'darwin' && xdg && isAbsolute(xdg)) return join(xdg, 'cloudsync');
  if (home === undefined) throw new SyncError('config/invalid', 'no home folder is known to keep the settings in; set CLOUDSYNC_HOME');
  if (platform === 'win32') return join(home, 'AppData', 'Local', 'cloudsync');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'cloudsync');
  return join(home, '.config', 'cloudsync');
}

/** The folders that hold this device's own state and credentials, which are never synced. */
export function deviceFolders(stateHomeFolder: string, around: Surroundings): string[] {
  const knowsHome = around.home !== undefined || around.env.CLOUDSYNC_HOME;
  return knowsHome ? [stateHomeFolder, deviceHome(around)] : [stateHomeFolder];
}

/** HOME may be unset, empty or relative (containers, cron, systemd); the user database is asked then. */
function homeOfUser(): string | undefined {
  for (const ask of [homedir, () => userInfo().homedir]) {
    try {
      const home = ask();
      if (posix.isAbsolute(home) || win32.isAbsolute(home)) return home;
    } catch {
      // This user has no entry; the next source may know.
    }
  }
  return undefined;
}
