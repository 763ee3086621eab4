import { expect, test } from 'vitest';
import { systemdUnit } from './systemd-unit.ts';

test('a unit starts the command with what it needs; nothing of it is taken for systemd’s own signs', () => {
  const unit = systemdUnit({
    command: ['/opt/node', '/home/a b/100%/$x/cloudsync.js', 'start'],
    environment: { CLOUDSYNC_HOME: '/d "q"' },
  });
  expect(unit).toContain('\nExecStart="/opt/node" "/home/a b/100%%/$$x/cloudsync.js" "start"\n');
  expect(unit).toContain('\nEnvironment="CLOUDSYNC_HOME=/d \\"q\\""\nRestart=on-failure\n');
  expect(systemdUnit({ command: ['x'], environment: {} })).toContain('ExecStart="x"\nRestart=');
});
