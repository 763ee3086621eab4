import { TestDevice } from './test-device.test.support.ts';
import { Workspaces } from './workspaces.ts';

/**
 * A program: opens the data of a server and commits until it is killed, several writers at once, small files and ones of several chunks,
 * with maintenance going on beside. Says `send PATH TEXT end` before a commit and `done PATH TEXT end` when it
 * was answered.
 */
const [, , data = ''] = process.argv;
const workspaces = await Workspaces.open({ data });
const [workspace = await workspaces.create({ name: 'home' })] = workspaces.list();
const start = workspace.head;

async function write(writer: number): Promise<void> {
  const device = new TestDevice(workspaces, workspace, { name: `writer ${writer}` });
  for (let round = start + 1; ; round++) {
    const text = String(round).padStart(12, '0');
    const path = `${writer}-${round % 5}`;
    const put = writer % 2 === 0 ? await small(device, text) : await big(device, text);
    process.stdout.write(`send ${path} ${text} end\n`);
    await device.do({ path, base: 'any', put }, ...(writer % 2 === 0 ? [text] : []));
    process.stdout.write(`done ${path} ${text} end\n`);
  }
}

async function small(device: TestDevice, text: string) {
  return device.file(text);
}

async function big(device: TestDevice, text: string) {
  const parts = [Buffer.from(text), ...Array.from({ length: 3 }, (_, index) => Buffer.alloc(20_000, `${text} ${index}`))];
  await workspace.declare(device.caller, [device.recipe(parts)]);
  await workspace.putChunks(device.caller, parts);
  return device.bigFile(parts);
}

async function maintain(): Promise<void> {
  for (;;) await workspaces.maintain({ inlineMs: 0 });
}

await Promise.all([maintain(), ...Array.from({ length: 6 }, (_, writer) => write(writer))]);
