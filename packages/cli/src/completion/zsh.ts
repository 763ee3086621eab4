import { allCommands, type CommandWords, type OptionWords } from './command-words.ts';

/** A completion script for zsh: one function a command, built on `_arguments`. */
export function zshScript(program: CommandWords): string {
  return `#compdef cloudsync
# zsh completion for cloudsync; made by: cloudsync completion zsh
${allCommands(program).map(functionOf).join('\n')}
if [ "$funcstack[1]" = "_cloudsync" ]; then _cloudsync "$@"; else compdef _cloudsync cloudsync; fi
`;
}

function functionOf(command: CommandWords): string {
  const { subcommands, options, values, takesFiles } = command;
  const specs = options.flatMap(optionSpecs);
  if (values.length > 0) specs.push(quote(`1:value:(${values.join(' ')})`));
  if (takesFiles) specs.push(quote('*:folder:_files'));
  if (subcommands.length === 0) return `${nameOf(command)}() {\n  _arguments -s \\\n    ${specs.join(' \\\n    ')}\n}`;
  return `${nameOf(command)}() {
  local state line
  _arguments -C \\
    ${[...specs, "'1: :->command'", "'*:: :->arguments'"].join(' \\\n    ')}
  case $state in
    command)
      local -a commands=(
${subcommands.map((child) => `        ${quote(`${lastWord(child)}:${child.description.replaceAll(':', '\\:')}`)}`).join('\n')}
      )
      _describe command commands ;;
    arguments)
      case $line[1] in
${subcommands.map((child) => `        ${lastWord(child)}) ${nameOf(child)} ;;`).join('\n')}
      esac ;;
  esac
}`;
}

function optionSpecs({ short, long, description, values, takes }: OptionWords): string[] {
  const value =
    values.length > 0
      ? `:value:(${values.join(' ')})`
      : { nothing: '', value: ':value: ', file: ':file:_files', folder: ':folder:_files -/' }[takes];
  return [short, long].filter((name) => name !== undefined).map((name) => quote(`*${name}[${escapeDescription(description)}]${value}`));
}

/** `]` and `:` end a description in a spec of _arguments. */
function escapeDescription(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function nameOf({ path }: CommandWords): string {
  return `_${path.replaceAll(' ', '_').replaceAll('-', '_')}`;
}

function lastWord({ path }: CommandWords): string {
  return path.slice(path.lastIndexOf(' ') + 1);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
