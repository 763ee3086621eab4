import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import type { ServiceFlags } from '../command-line/live/live-flags.ts';
import { deviceHome, type Surroundings, surroundings } from '../device/state-home.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { systemdUnit } from './systemd-unit.ts';

const UNIT = 'cloudsync.service';

/** `cloudsync service install`. @returns the exit code */
export async function serviceInstallCommand({ print }: ServiceFlags, terminal: Terminal): Promise<number> {
  const around = surroundings();
  const [, script = ''] = process.argv;
  const environment = around.env.CLOUDSYNC_HOME ? { CLOUDSYNC_HOME: deviceHome(around) } : {};
  const unit = systemdUnit({ command: [process.execPath, script, 'start'], environment });
  if (print === true) {
    terminal.out(unit.trimEnd());
    return 0;
  }
  const file = unitFile(around);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, unit);
  terminal.out(`Wrote ${file}`);
  terminal.out('Start it now and at every login:');
  terminal.out(`  systemctl --user daemon-reload && systemctl --user enable --now ${UNIT}`);
  terminal.out('Also while you are logged out:');
  terminal.out('  loginctl enable-linger');
  return 0;
}

/** `cloudsync service uninstall`. @returns the exit code */
export async function serviceUninstallCommand(terminal: Terminal): Promise<number> {
  const file = unitFile(surroundings());
  if (!existsSync(file)) throw new SyncError('config/invalid', `there is no ${file}; nothing is installed`);
  rmSync(file);
  terminal.out(`Removed ${file}`);
  terminal.out('What runs still runs; end it with:');
  terminal.out(`  systemctl --user disable --now ${UNIT}; systemctl --user daemon-reload`);
  return 0;
}

function unitFile({ platform, env, home }: Surroundings): string {
  if (platform !== 'linux')
    throw new SyncError('config/invalid', 'services are written for systemd; elsewhere run cloudsync start --detach at login');
  const xdg = env.XDG_CONFIG_HOME;
  if (xdg && isAbsolute(xdg)) return join(xdg, 'systemd/user', UNIT);
  if (home === undefined) throw new SyncError('config/invalid', 'no home folder is known to install into; use --print');
  return join(home, '.config/systemd/user', UNIT);
}
