import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { buildProgram } from '../command-line/program.ts';
import { recordedCommands } from '../command-line/recorded-commands.test.support.ts';
import { bashScript } from './bash.ts';
import { describeCommands } from './command-words.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

const program = describeCommands(buildProgram(recordedCommands().commands, '1'));

/** What bash itself offers for a line; the last word is the one being typed. */
function complete(...words: string[]): string[] {
  const script = `${bashScript(program)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cloudsync; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['--norc', '-c', script, 'bash', 'cloudsync', ...words], { encoding: 'utf8', cwd: '/' })
    .split('\n')
    .filter((line) => line !== '');
}

test('bash completes commands, subcommands and their arguments', () => {
  expect(complete('')).toEqual(program.subcommands.map(({ path }) => path.split(' ').at(-1)));
  expect(complete('stat')).toEqual(['status']);
  expect(complete('config', '')).toEqual(['get', 'set', 'list', 'unset']);
  expect(complete('trash', '')).toEqual(['list', 'restore', 'empty']);
  expect(complete('completion', 'z')).toEqual(['zsh']);
  expect(complete('vault', 'key', '')).toEqual(['list', 'add', 'remove', 'rotate']);
  expect(complete('vault', 'init', '--suite', 'x')).toEqual(['xchacha20-poly1305']);
});

test('bash completes options and their values, also after other words', () => {
  expect(complete('sync', '--dry')).toEqual(['--dry-run']);
  expect(complete('sync', '--mode', 'source-b')).toEqual(['source-backup']);
  expect(complete('sync', 'a', 'b', '-m', 'two')).toEqual(['two-way']);
  expect(complete('trash', 'list', 'x', '--j')).toEqual(['--json']);
});

test('bash completes folders for sync', () => {
  expect(complete('sync', '/us')).toEqual(['/usr']);
});

test.each([
  ['zsh', zshScript],
  ['fish', fishScript],
])('%s knows every command and option', (_, script) => {
  const text = script(program);
  for (const word of [
    'resolve-conflicts',
    'restore',
    'dry-run',
    'older-than',
    'two-way',
    'state-dir',
    'bwlimit',
    'rotate',
    'passphrase-file',
    'keep-daily',
  ])
    expect(text).toContain(word);
});
