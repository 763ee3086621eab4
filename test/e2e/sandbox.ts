import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Ended, RunningCommand } from './run-cloudsync.ts';

/** What lets root pass permissions (capabilities(7)). */
const WITHOUT_OVERRIDE = '-dac_override,-dac_read_search';

/** A scratch folder with two empty folders to sync and a throw-away device; new for each test. */
export interface Sandbox {
  readonly dir: string;
  readonly a: string;
  readonly b: string;
  /** CLOUDSYNC_HOME of the device. */
  readonly home: string;
  /** Starts the command; the sandbox ends it if the test does not. */
  start(...args: string[]): RunningCommand;
  /** Runs the command to its end. */
  run(...args: string[]): Promise<Ended>;
  /** `sync a b` and the given options. */
  sync(...options: string[]): Promise<Ended>;
  /** From now on permissions bind the command, even when root runs the tests. */
  dropPrivileges(): void;
  /** Mounts a file system over a folder of the sandbox, until the end of the test or until the answer is called. Needs root. */
  mount(folder: string, ...options: string[]): () => void;
  /** Undoes something at the end of the test, last first. */
  onEnd(undo: () => void): void;
  /** More environment for what is started from now on. */
  env: Record<string, string | undefined>;
}

/** Gives each test of a file a sandbox of its own. */
export function useSandbox(): Sandbox {
  let current: { dir: string; wrapper: readonly string[]; started: RunningCommand[]; undo: (() => void)[] };
  const sandbox: Sandbox = {
    env: {},
    get dir() {
      return current.dir;
    },
    get a() {
      return join(current.dir, 'a');
    },
    get b() {
      return join(current.dir, 'b');
    },
    get home() {
      return join(current.dir, 'home');
    },
    start(...args) {
      const command = new RunningCommand(args, {
        cwd: current.dir,
        wrapper: current.wrapper,
        env: { CLOUDSYNC_HOME: sandbox.home, ...sandbox.env },
      });
      current.started.push(command);
      return command;
    },
    run: (...args) => sandbox.start(...args).ended,
    sync: (...options) => sandbox.run('sync', 'a', 'b', ...options),
    dropPrivileges() {
      if (process.getuid?.() === 0) current.wrapper = ['setpriv', `--bounding-set=${WITHOUT_OVERRIDE}`, `--inh-caps=${WITHOUT_OVERRIDE}`];
    },
    mount(folder, ...options) {
      execFileSync('mount', [...options, folder], { stdio: 'pipe' });
      let isMounted = true;
      const unmount = (): void => {
        if (isMounted) execFileSync('umount', [folder]);
        isMounted = false;
      };
      current.undo.push(unmount);
      return unmount;
    },
    onEnd: (undo) => void current.undo.push(undo),
  };
  beforeEach(() => {
    current = { dir: realpathSync(mkdtempSync(join(tmpdir(), 'cloudsync-e2e-'))), wrapper: [], started: [], undo: [] };
    sandbox.env = {};
    for (const folder of [sandbox.a, sandbox.b]) mkdirSync(folder);
  });
  afterEach(async () => {
    for (const { process } of current.started) process.kill('SIGKILL');
    await Promise.all(current.started.map(({ ended }) => ended));
    for (const undo of current.undo.reverse()) undo();
    // Node cannot remove paths that are longer than the system's limit.
    execFileSync('chmod', ['-R', 'u+rwX', current.dir]);
    execFileSync('rm', ['-rf', current.dir]);
  });
  return sandbox;
}
