import { statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import { describe, expect, onTestFinished, test } from 'vitest';
import { scratchFolder } from '../../scratch.test.support.ts';
import { AgentConnection } from './control-client.ts';
import { type Answering, ControlServer } from './control-server.ts';
import { linesOf } from './lines.ts';
import { LINE_BYTES_MAX } from './messages.ts';
import { controlSocketPath } from './socket-path.ts';

/** A control socket with these answers, at the place of a new device. @returns the device's home */
async function serve(answer: Answering): Promise<string> {
  const home = scratchFolder();
  const server = await ControlServer.listen(controlSocketPath(home), answer);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return home;
}

const status = { pid: 1, since: '2026-11-21T09:00:00.000Z', links: [] };

describe('the control socket', () => {
  test('can be opened by its owner only, also where a file is in its way', async () => {
    const home = scratchFolder();
    writeFileSync(controlSocketPath(home), '');
    const server = await ControlServer.listen(controlSocketPath(home), async () => status);
    onTestFinished(() => server[Symbol.asyncDispose]());
    expect(statSync(controlSocketPath(home)).mode & 0o777).toBe(0o600);
    expect(await (await AgentConnection.open(home)).ask('status')).toEqual(status);
  });

  test('lies in the home of the device, or, where that path is too long, in a folder of the user', () => {
    expect(controlSocketPath('/home/ann/.config/cloudsync', 'linux')).toBe('/home/ann/.config/cloudsync/agent.sock');
    const elsewhere = controlSocketPath(join('/', 'x'.repeat(100)), 'linux');
    expect(Buffer.byteLength(elsewhere)).toBeLessThanOrEqual(104);
    expect(dirname(elsewhere)).toMatch(/cloudsync-\d+$/);
    expect(controlSocketPath('C:\\Users\\ann', 'win32')).toMatch(/^\\\\\.\\pipe\\cloudsync-[0-9a-f]{16}$/);
  });

  test('parameters and errors travel', async () => {
    const home = await serve(async (request) => {
      if (request.method === 'sync') throw new SyncError('guard/max-delete', `force: ${request.force}`);
      return null;
    });
    await expect((await AgentConnection.open(home)).ask('sync', { force: true })).rejects.toMatchObject({
      code: 'guard/max-delete',
      message: 'force: true',
    });
  });

  test('events travel until the command goes away, and the agent knows when', async () => {
    const gone = Promise.withResolvers<void>();
    const home = await serve(async (_, tell, signal) => {
      signal.addEventListener('abort', () => gone.resolve());
      tell(status);
      tell({ ...status, pid: 2 });
      await gone.promise;
    });
    const pids: number[] = [];
    for await (const event of (await AgentConnection.open(home)).events('watch')) {
      pids.push(event.pid);
      if (pids.length === 2) break;
    }
    await gone.promise;
    expect(pids).toEqual([1, 2]);
  });

  test('without an agent, the error says how to start it', async () => {
    const home = scratchFolder();
    await expect(AgentConnection.open(home)).rejects.toMatchObject({
      code: 'agent/not-running',
      message: expect.stringContaining('cloudsync start'),
    });
    expect(await AgentConnection.openIfRunning(home)).toBeUndefined();
  });

  test('an agent that ends without an answer is told of', async () => {
    const home = scratchFolder();
    const server = await ControlServer.listen(controlSocketPath(home), () => new Promise(() => undefined));
    const connection = await AgentConnection.open(home);
    const answer = connection.ask('status');
    const refused = expect(answer).rejects.toMatchObject({ code: 'agent/failed' });
    await server[Symbol.asyncDispose]();
    await refused;
  });

  test('an answer of another shape is told of', async () => {
    const home = await serve(async () => ({ pid: 'one' }));
    await expect((await AgentConnection.open(home)).ask('status')).rejects.toMatchObject({ code: 'agent/failed' });
  });
});

describe('whoever speaks to the socket', () => {
  /** Sends bytes as they are. @returns the lines that come back */
  async function send(home: string, bytes: string): Promise<string[]> {
    const socket = connect(controlSocketPath(home));
    socket.on('error', () => undefined);
    socket.end(bytes);
    const lines: string[] = [];
    for await (const line of linesOf(socket)) lines.push(line);
    return lines;
  }

  test.each([
    'nonsense\n',
    '[]\n',
    '{"id":1,"method":"format-disk"}\n',
    '{"id":"1","method":"status"}\n',
    '{"id":1,"method":"sync","folders":[7]}\n',
  ])('%j is refused, and the agent goes on', async (line) => {
    const home = await serve(async () => status);
    const [answer] = await send(home, line);
    expect(JSON.parse(answer as string)).toMatchObject({ id: 0, error: { code: 'config/invalid' } });
    expect(await (await AgentConnection.open(home)).ask('status')).toEqual(status);
  });

  test('a line without an end ends the connection, not the agent', async () => {
    const home = await serve(async () => status);
    expect(await send(home, 'x'.repeat(2 * LINE_BYTES_MAX))).toEqual([]);
    expect(await (await AgentConnection.open(home)).ask('status')).toEqual(status);
  });
});
