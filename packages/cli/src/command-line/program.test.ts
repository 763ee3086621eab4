import {
  ComparisonMode,
  ConflictResolution,
  parseComparisonMode,
  parseConflictResolution,
  parseSyncMode,
  SyncMode,
} from '@cloudsync/engine';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { buildProgram, CHOICES } from './program.ts';
import { type Call, recordedCommands } from './recorded-commands.test.support.ts';

async function parse(...args: string[]): Promise<Call> {
  const { calls, commands } = recordedCommands();
  await buildProgram(commands, '1.2.3').parseAsync(args, { from: 'user' });
  expect(calls).toHaveLength(1);
  return calls[0] as Call;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

describe('what is offered is what the engine knows', () => {
  test('modes, comparisons and strategies', () => {
    expect(CHOICES.mode).toEqual(Object.values(SyncMode));
    expect(CHOICES.compare).toEqual(Object.values(ComparisonMode));
    expect(CHOICES.conflict).toEqual(Object.values(ConflictResolution));
    for (const mode of CHOICES.mode) expect(parseSyncMode(mode)).toBe(mode);
    for (const mode of CHOICES.compare) expect(parseComparisonMode(mode)).toBe(mode);
    for (const strategy of CHOICES.conflict) expect(parseConflictResolution(strategy)).toBe(strategy);
  });
});

describe('help', () => {
  test.each(everyCommand(buildProgram(recordedCommands().commands, '1')).map((command) => [command.name(), command] as const))(
    '%s has examples',
    (_, command) => {
      let text = '';
      command.configureOutput({
        writeOut: (part) => {
          text += part;
        },
      });
      command.outputHelp();
      expect(text).toContain('Examples:\n  cloudsync ');
      for (const line of text.slice(text.indexOf('Examples:')).split('\n')) expect(line.length).toBeLessThanOrEqual(90);
    },
  );
});

describe('parsing', () => {
  test('sync with nothing but folders', async () => {
    expect(await parse('sync', 'a', 'b')).toEqual(['sync', 'a', 'b', { trash: true, wait: true }]);
  });

  test('options before and after the folders; repeatable ones are collected', async () => {
    const [, source, destination, flags] = await parse(
      'sync',
      '-n',
      '-x',
      '*.tmp',
      'a',
      'b',
      '--exclude',
      'node_modules/',
      '--no-trash',
      '--max-delete',
      '10%',
    );
    expect([source, destination]).toEqual(['a', 'b']);
    expect(flags).toEqual({ dryRun: true, exclude: ['*.tmp', 'node_modules/'], trash: false, wait: true, maxDelete: '10%' });
  });

  test('names that look like options go after --', async () => {
    expect((await parse('sync', '--', '-a', '--b')).slice(0, 3)).toEqual(['sync', '-a', '--b']);
  });

  test('aliases are left for the engine to read', async () => {
    expect((await parse('sync', 'a', 'b', '--mode', 'tw', '--conflict', 'KeepLocal'))[3]).toMatchObject({
      mode: 'tw',
      conflict: 'KeepLocal',
    });
  });

  test('trash restore takes several paths', async () => {
    expect(await parse('trash', 'restore', 'root', 'a', 'b/c', '--from', 't')).toEqual([
      'trashRestore',
      'root',
      ['a', 'b/c'],
      { from: 't' },
    ]);
  });

  test('every vault command has the vault as its first argument, and options of its own', async () => {
    expect(await parse('vault', 'init', './v', '--no-encryption')).toEqual(['vault.init', './v', { encryption: false }]);
    expect(await parse('vault', 'ls', './v', 'docs@-1', '-r')).toEqual(['vault.list', './v', 'docs@-1', { recursive: true }]);
    expect(await parse('vault', 'diff', './v', '1', 'latest')).toEqual(['vault.diff', './v', '1', 'latest', {}]);
    expect(await parse('vault', 'key', 'remove', './v', 'laptop', '--key-file', 'k')).toEqual([
      'vault.keyRemove',
      './v',
      'laptop',
      { keyFile: ['k'] },
    ]);
    expect(await parse('vault', 'find', './v', '*.txt', '--at', '12')).toEqual(['vault.find', './v', '*.txt', { at: '12' }]);
    expect(await parse('vault', 'forget', './v', '--keep-last', '3', '--passphrase-file', 'a', '--passphrase-file', 'b')).toEqual([
      'vault.forget',
      './v',
      [],
      { keepLast: '3', passphraseFile: ['a', 'b'] },
    ]);
  });

  test('a version that looks like an option is a version', async () => {
    expect(await parse('vault', 'diff', './v', '-1', 'latest')).toEqual(['vault.diff', './v', '-1', 'latest', {}]);
    expect(await parse('vault', 'diff', './v', '-2', '-1')).toEqual(['vault.diff', './v', '-2', '-1', {}]);
  });

  test('commands of live sync', async () => {
    expect(await parse('serve', '--data', 'd', '--port', '0')).toEqual(['live.serve', { data: 'd', port: '0' }]);
    expect(await parse('link', 'notes', 'team', '--create', '--skip', 'a', '--skip', 'b')).toEqual([
      'live.link',
      'notes',
      'team',
      { create: true, skip: ['a', 'b'] },
    ]);
    expect(await parse('start', '-d')).toEqual(['live.start', { detach: true }]);
    expect(await parse('pause')).toEqual(['live.pause', undefined]);
    expect(await parse('resume', 'notes')).toEqual(['live.resume', 'notes']);
    expect(await parse('config', 'set', 'sync.filters', '*.tmp', 'x/')).toEqual(['live.configSet', 'sync.filters', ['*.tmp', 'x/'], {}]);
    expect(await parse('restore', 'a.txt', '--at', '3', '-w', 'team')).toEqual(['live.restore', 'a.txt', { at: '3', workspace: 'team' }]);
    expect(await parse('sync')).toEqual(['sync', undefined, undefined, { trash: true, wait: true }]);
  });

  test('help tells the groups apart', () => {
    const { commands } = recordedCommands();
    const text = buildProgram(commands, '1').helpInformation();
    expect(text.match(/^\S.*:$/gm)).toEqual(['Options:', 'Folders:', 'Live, through a server:', 'Workspaces:', 'Others:']);
    expect(text.split('\n').length).toBeLessThan(55);
  });
});
