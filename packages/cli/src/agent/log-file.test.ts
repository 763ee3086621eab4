import { appendFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from '../scratch.test.support.ts';
import { LogFile, readLog } from './log-file.ts';

const entry = (text: string) => ({ time: '2026-11-21T09:00:00.000Z', level: 'info' as const, text });

test('keeps a few files of bounded size, for the owner only, and gives the last lines in order', () => {
  const home = scratchFolder();
  const log = new LogFile({ home, fileBytesMax: 1000 });
  for (let i = 0; i < 200; i++) log.write(entry(`line ${i}`));
  log.close();
  const names = readdirSync(home);
  expect(names.sort()).toEqual(['agent.log', 'agent.log.1', 'agent.log.2', 'agent.log.3', 'agent.log.4']);
  for (const name of names) {
    const { size, mode } = statSync(join(home, name));
    expect([size <= 1000, mode & 0o777]).toEqual([true, 0o600]);
  }
  expect(readLog(home, 30).map(({ text }) => text)).toEqual(Array.from({ length: 30 }, (_, i) => `line ${170 + i}`));
});

test('goes on where an agent before it ended; half a line is left out', () => {
  const home = scratchFolder();
  const first = new LogFile({ home });
  first.write(entry('one'));
  first.close();
  appendFileSync(join(home, 'agent.log'), '{"time":"2026-\n');
  const second = new LogFile({ home });
  second.write(entry('two'));
  second.close();
  expect(readLog(home, 10).map(({ text }) => text)).toEqual(['one', 'two']);
});

test('without a log there is nothing to show', () => expect(readLog(scratchFolder(), 10)).toEqual([]));
