import {
  type Program,
  type ProgramCommand,
  type ProgramOption,
  quote,
  type Value,
} from "./program.ts";

/** A completion script for zsh, to be sourced or to be found as a file in `$fpath`. */
export function zshCompletions({ name, commands }: Program): string {
  const described = commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`);
  return `#compdef ${name}
# Completion for zsh: source <(${name} completions zsh)
_${name}() {
  local -a commands=(
${described.join("\n")}
    'help:show the help'
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
    help) _describe command commands ;;
${commands.map(words).join("\n")}
  esac
}
if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

/** The case of a command's own words. */
function words({ name, options, operand }: ProgramCommand): string {
  const specs = options.map(option);
  if (operand) specs.push(quote(`1:${operand.name}:${action(operand)}`));
  return `    ${name})\n      _arguments \\\n        ${specs.join(" \\\n        ")}\n      ;;`;
}

function option({ name, help, value }: ProgramOption): string {
  const about = `[${help.replace(/[[\]:\\]/g, "\\$&")}]`;
  if (!value) return quote(`--${name}${about}`);
  return quote(`--${name}=${about}:${value.name.replaceAll(":", "\\:")}:${action(value)}`);
}

function action({ kind }: Value): string {
  return kind === "file" ? "_files" : kind === "free" ? " " : `(${kind.join(" ")})`;
}
