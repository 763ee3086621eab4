import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.ts';
import { bashScript } from './bash.ts';
import { describeCommands } from './command-words.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `cloudsync completion SHELL`: prints a script that knows every command, option and value. */
export async function completionCommand(shell: string, program: Command, terminal: Terminal): Promise<number> {
  const script = SCRIPTS[shell as keyof typeof SCRIPTS];
  terminal.out(script(describeCommands(program)).trimEnd());
  return 0;
}
