import { readFileSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { lazyCommands } from './command-line/lazy-commands.ts';
import { buildProgram } from './command-line/program.ts';
import { flushOutput, processTerminal, type Terminal } from './terminal/terminal.ts';

/**
 * Runs the command line. Commands are imported when they are called, so that help and completion start at once.
 * @returns the exit code, when everything that was printed has left the process
 */
export async function main(args: readonly string[]): Promise<number> {
  const code = await run(args, processTerminal());
  await flushOutput();
  return code;
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const outcome = { exitCode: 0, helpOf: 'cloudsync' };
  const program = buildProgram(lazyCommands(terminal, outcome), ownVersion());
  forEachCommand(program, (command) => {
    command.configureOutput({ outputError: () => undefined });
    command.exitOverride((error) => {
      if (error.code !== 'commander.help') outcome.helpOf = pathOf(command);
      throw error;
    });
  });
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync([...args], { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const { reportFailure } = await import('./command-line/report-failure.ts');
    return reportFailure(error, { terminal, json: args.includes('--json'), helpOf: outcome.helpOf });
  }
}

function forEachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) forEachCommand(child, visit);
}

/** `cloudsync trash list`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
