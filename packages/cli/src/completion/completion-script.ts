import type { Command, Option } from 'commander';
import { firstSentence } from '../first-sentence.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What can be typed behind a command. */
interface Level {
  /** The commands that lead there, such as `share make`; empty for the program itself. */
  path: string;
  commands: readonly { name: string; description: string }[];
  options: readonly CompletedOption[];
}

interface CompletedOption {
  flags: readonly string[];
  description: string;
  /** Whether a value follows it. */
  takesValue: boolean;
  /** The values that it may have, where they are few. */
  choices: readonly string[];
}

/** The script that completes a command line in a shell: it is made of the commands as they are, and asks nothing. */
export function completionScript(program: Command, shell: Shell): string {
  const levels = levelsOf(program, '', []);
  switch (shell) {
    case 'bash':
      return bashScript(program.name(), levels);
    case 'zsh':
      return zshScript(program.name(), levels);
    case 'fish':
      return fishScript(program.name(), levels);
  }
}

function levelsOf(command: Command, path: string, inherited: readonly Option[]): Level[] {
  const own = [...inherited, ...command.options];
  const options = own.filter(({ hidden }) => !hidden).map(completedOption);
  const help = { flags: ['--help'], description: 'show how it is used', takesValue: false, choices: [] };
  const commands = command.commands.map((one) => ({
    name: one.name(),
    description: firstSentence(one.description()),
  }));
  return [
    { path, commands, options: [...options, help] },
    ...command.commands.flatMap((one) =>
      levelsOf(one, path === '' ? one.name() : `${path} ${one.name()}`, own),
    ),
  ];
}

function completedOption({
  long,
  short,
  description,
  required,
  optional,
  argChoices,
}: Option): CompletedOption {
  return {
    flags: [long, short].filter((flag) => typeof flag === 'string'),
    ...{ description: firstSentence(description), takesValue: required || optional },
    choices: argChoices ?? [],
  };
}

const words = (level: Level) => [
  ...level.commands.map(({ name }) => name),
  ...level.options.flatMap(({ flags }) => flags),
];

/** The options of all levels whose next word is a value: one of a few, or a file. */
function valueOptions(levels: readonly Level[]): CompletedOption[] {
  const byFlag = new Map(
    levels
      .flatMap(({ options }) => options)
      .filter(({ takesValue }) => takesValue)
      .map((one) => [one.flags[0], one]),
  );
  return [...byFlag.values()];
}

/** The commands that lead somewhere, as a pattern of a shell's `case`. */
function deeperPaths(levels: readonly Level[]): string {
  return levels
    .filter(({ path }) => path !== '')
    .map(({ path }) => `"${path}"`)
    .join('|');
}

function bashScript(name: string, levels: readonly Level[]): string {
  const valued = valueOptions(levels);
  const chosen = valued
    .filter(({ choices }) => choices.length > 0)
    .map(
      ({ flags, choices }) =>
        `    ${flags.join('|')}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$word")); return ;;`,
    );
  const files = valued.filter(({ choices }) => choices.length === 0).flatMap(({ flags }) => flags);
  return `# bash completion for ${name}
_${functionName(name)}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path="" next index
  case "$before" in
${chosen.join('\n')}
    ${files.join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  for ((index = 1; index < COMP_CWORD; index++)); do
    next="\${path:+$path }\${COMP_WORDS[index]}"
    case "$next" in
      ${deeperPaths(levels)}) path="$next" ;;
    esac
  done
  case "$path" in
${levels.map((level) => `    "${level.path}") COMPREPLY=($(compgen -W "${words(level).join(' ')}" -- "$word")) ;;`).join('\n')}
  esac
}
complete -o default -F _${functionName(name)} ${name}
`;
}

function zshScript(name: string, levels: readonly Level[]): string {
  const described = (level: Level) =>
    [
      ...level.commands.map(({ name: command, description }) => `${command}:${description}`),
      ...level.options.flatMap(({ flags, description }) => flags.map((flag) => `${flag}:${description}`)),
    ].map(quoted);
  const valued = valueOptions(levels);
  const chosen = valued
    .filter(({ choices }) => choices.length > 0)
    .map(
      ({ flags, choices }) =>
        `    ${flags.join('|')}) compadd -- ${choices.map(quoted).join(' ')}; return ;;`,
    );
  const files = valued.filter(({ choices }) => choices.length === 0).flatMap(({ flags }) => flags);
  return `#compdef ${name}
# zsh completion for ${name}
_${functionName(name)}() {
  local path_of="" next index
  local -a found
  case "$words[CURRENT-1]" in
${chosen.join('\n')}
    ${files.join('|')}) _files; return ;;
  esac
  for ((index = 2; index < CURRENT; index++)); do
    next="\${path_of:+$path_of }$words[index]"
    case "$next" in
      ${deeperPaths(levels)}) path_of="$next" ;;
    esac
  done
  case "$path_of" in
${levels.map((level) => `    "${level.path}") found=(${described(level).join(' ')}) ;;`).join('\n')}
  esac
  _describe '${name}' found
}
if [ "$funcstack[1]" = "_${functionName(name)}" ]; then
  _${functionName(name)} "$@"
else
  compdef _${functionName(name)} ${name}
fi
`;
}

function fishScript(name: string, levels: readonly Level[]): string {
  const lines = levels.flatMap((level) => [
    ...level.commands.map(
      ({ name: command, description }) =>
        `complete -c ${name} -f -n ${quoted(conditionOf(level))} -a ${command} -d ${quoted(description)}`,
    ),
    ...level.options.map(({ flags, description, takesValue, choices }) => {
      const named = flags.map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takesValue ? ' -r' : ' -f';
      return `complete -c ${name} -n ${quoted(conditionOf(level))} ${named.join(' ')}${value} -d ${quoted(description)}`;
    }),
  ]);
  return `# fish completion for ${name}\n${lines.join('\n')}\n`;
}

/** When a level is completed in fish: its commands are there, and none that leads further. */
function conditionOf(level: Level): string {
  const own =
    level.path === '' ? [] : level.path.split(' ').map((command) => `__fish_seen_subcommand_from ${command}`);
  const further = level.commands.map(({ name }) => name);
  const without = further.length === 0 ? [] : [`not __fish_seen_subcommand_from ${further.join(' ')}`];
  const conditions = [...own, ...without];
  return conditions.length === 0 ? 'true' : conditions.join('; and ');
}

function functionName(name: string): string {
  return name.replaceAll('-', '_');
}

/** A text as a word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
