import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
// biome-ignore lint/correctness/noUndeclaredDependencies: like every test, it takes vitest from the root
import { onTestFinished } from 'vitest';

export interface ServerProcess {
  readonly process: ChildProcess;
  readonly url: string;
  readonly ownerKey: string;
  /** What it has logged so far. */
  logged(): string;
}

/** A server in a process of its own, that can be killed. */
export async function runServerProcess(data: string, log: 'error' | 'trace' = 'error'): Promise<ServerProcess> {
  const script = new URL('./server-process.test.support.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, data, log], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let logged = '';
  child.stderr.on('data', (text) => {
    logged += text;
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { url, ownerKey } = JSON.parse(line) as { url: string; ownerKey: string };
  return { process: child, url, ownerKey, logged: () => logged };
}
