import { allCommands, type CommandWords, type OptionWords } from './command-words.ts';

/** A completion script for fish: one line a command, option and value. */
export function fishScript(program: CommandWords): string {
  const lines = allCommands(program).flatMap(linesOf);
  return `# fish completion for cloudsync; made by: cloudsync completion fish
function __cloudsync_at --description 'True when exactly these commands were typed'
    set -l typed (commandline -opc)[2..-1]
    set -l commands
    for word in $typed
        string match --quiet -- '-*' $word; or set -a commands $word
    end
    for i in (seq (count $argv))
        test "$commands[$i]" = "$argv[$i]"; or return 1
    end
    return 0
end
complete -c cloudsync -n 'not __cloudsync_takes_files' -f
function __cloudsync_takes_files
${allCommands(program)
  .filter(({ takesFiles }) => takesFiles)
  .map(({ path }) => `    ${at(path)}; and return 0`)
  .join('\n')}
    return 1
end
${lines.join('\n')}
`;
}

function linesOf(command: CommandWords): string[] {
  const { path, subcommands, options, values } = command;
  const condition = `-n ${quote(at(path))}`;
  const alone = `-n ${quote(`${at(path)}; and test (count (commandline -opc)) -eq ${path.split(' ').length}`)}`;
  return [
    ...subcommands.map(
      (child) => `complete -c cloudsync ${alone} -f -a ${quote(child.path.slice(path.length + 1))} -d ${quote(child.description)}`,
    ),
    ...values.map((value) => `complete -c cloudsync ${alone} -f -a ${quote(value)}`),
    ...options.map((option) => `complete -c cloudsync ${condition} ${optionWords(option)}`),
  ];
}

function optionWords({ short, long, description, values, takes }: OptionWords): string {
  const words = [`-l ${long.replace(/^--/, '')}`];
  if (short !== undefined) words.unshift(`-s ${short.replace(/^-/, '')}`);
  if (values.length > 0) words.push(`-x -a ${quote(values.join(' '))}`);
  else if (takes !== 'nothing') words.push(takes === 'value' ? '-x' : '-r -F');
  return [...words, `-d ${quote(description)}`].join(' ');
}

function at(path: string): string {
  return ['__cloudsync_at', ...path.split(' ').slice(1)].join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
