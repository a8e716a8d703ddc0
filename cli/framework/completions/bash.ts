import { type Program, type ProgramCommand, quote } from "./program.ts";

/** A completion script for bash, also for the 3.2 that macOS has. */
export function bashCompletions({ name, commands }: Program): string {
  const names = commands.map((command) => command.name).join(" ");
  return `# Completion for bash: source <(${name} completions bash)
_${name}() {
  local IFS=$' \\t\\n' cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quote(`${names} help --help --version`)} -- "$cur"))
    return
  fi
  # "--flag=value" comes as three words.
  if [[ $cur == "=" ]]; then
    cur=
  elif [[ $prev == "=" ]]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case \${COMP_WORDS[1]}:$prev in
${commands.flatMap(values).join("\n")}
  esac
  case \${COMP_WORDS[1]} in
    help) words=${quote(names)} ;;
${commands.map(words).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _${name} ${name}
`;
}

/** The cases of the flags of a command that a value follows. */
function values({ name, options }: ProgramCommand): string[] {
  return options.flatMap(({ name: option, value }) => {
    if (!value) return [];
    const pattern = `    ${name}:--${option})`;
    if (value.kind === "free") return [`${pattern} return ;;`];
    const generate = value.kind === "file"
      ? `IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur"))`
      : `COMPREPLY=($(compgen -W ${quote(value.kind.join(" "))} -- "$cur"))`;
    return [`${pattern} ${generate}; return ;;`];
  });
}

/** The case of a command's own words. */
function words({ name, options, operand }: ProgramCommand): string {
  const choices = Array.isArray(operand?.kind) ? operand.kind : [];
  const all = [...options.map((option) => `--${option.name}`), ...choices];
  return `    ${name}) words=${quote(all.join(" "))} ;;`;
}
