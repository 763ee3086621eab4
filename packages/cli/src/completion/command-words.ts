import type { Command, Option } from 'commander';

/** What can be completed after one command; taken from the command line itself, so that it is never out of date. */
export interface CommandWords {
  /** Words from the program's name on: `cloudsync trash list`. */
  readonly path: string;
  readonly description: string;
  readonly subcommands: readonly CommandWords[];
  readonly options: readonly OptionWords[];
  /** Values of the first argument, when only some are allowed. */
  readonly values: readonly string[];
  readonly takesFiles: boolean;
}

export interface OptionWords {
  readonly short: string | undefined;
  readonly long: string;
  readonly description: string;
  readonly values: readonly string[];
  readonly takes: 'nothing' | 'value' | 'file' | 'folder';
}

export function describeCommands(command: Command, parents: readonly string[] = []): CommandWords {
  const path = [...parents, command.name()];
  const [first] = command.registeredArguments;
  return {
    path: path.join(' '),
    description: command.description(),
    subcommands: command.commands.map((child) => describeCommands(child, path)),
    options: command.createHelp().visibleOptions(command).map(describeOption),
    values: first?.argChoices ?? [],
    takesFiles: first !== undefined && first.argChoices === undefined,
  };
}

function describeOption(option: Option): OptionWords {
  const value = /[<[]([\w-]+)[>\]]/.exec(option.flags)?.[1];
  const takes = value === undefined ? 'nothing' : value === 'file' ? 'file' : value === 'dir' ? 'folder' : 'value';
  return { short: option.short, long: option.long ?? '', description: option.description, values: option.argChoices ?? [], takes };
}

/** Every command with its subcommands, the program first. */
export function allCommands(root: CommandWords): CommandWords[] {
  return [root, ...root.subcommands.flatMap(allCommands)];
}
