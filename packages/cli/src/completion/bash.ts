import { allCommands, type CommandWords, type OptionWords } from './command-words.ts';

/** A completion script for bash: one `case` over the words typed so far. */
export function bashScript(program: CommandWords): string {
  const commands = allCommands(program);
  return `# bash completion for cloudsync; made by: cloudsync completion bash
_cloudsync() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command=cloudsync word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="$command \${COMP_WORDS[i]}"
    case "$word" in
      ${pattern(commands.filter((command) => command !== program).map((command) => command.path))}) command="$word" ;;
    esac
  done
  case "$command $previous" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
complete -o filenames -F _cloudsync cloudsync
`;
}

function valueCases(command: CommandWords): string[] {
  return command.options
    .filter(({ takes }) => takes !== 'nothing')
    .map((option) => {
      const names = [option.short, option.long].filter((name) => name !== undefined).map((name) => `${command.path} ${name}`);
      return `    ${pattern(names)}) ${completeValue(option)}; return ;;`;
    });
}

function completeValue({ values, takes }: OptionWords): string {
  if (values.length > 0) return compgen(`-W ${quote(values.join(' '))}`);
  return compgen(takes === 'folder' ? '-d' : '-f');
}

function commandCase({ path, subcommands, options, values, takesFiles }: CommandWords): string {
  const names = [...subcommands.map((child) => child.path.slice(path.length + 1)), ...values];
  const flags = options.flatMap(({ short, long }) => [short, long]).filter((name) => name !== undefined);
  const bare = takesFiles ? compgen('-f') : compgen(`-W ${quote(names.join(' '))}`);
  return `    ${quote(path)}) if [[ "$current" == -* ]]; then ${compgen(`-W ${quote(flags.join(' '))}`)}; else ${bare}; fi ;;`;
}

function compgen(what: string): string {
  return `mapfile -t COMPREPLY < <(compgen ${what} -- "$current")`;
}

function pattern(words: readonly string[]): string {
  return words.map(quote).join('|');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
