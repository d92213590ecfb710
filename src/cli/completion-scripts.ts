/** What may follow: nothing, one of some words or anything else, or the path of a file. */
export type Shape = 'nothing' | 'words' | 'file';

/** An option and what it takes. */
export type OptionWord = {
  readonly name: string;
  readonly about: string;
  readonly takes: Shape;
  /** The words that may follow; none where anything may. */
  readonly choices: readonly string[];
};

/** A verb with its options and what else it takes. */
export type Word = OptionWord & { readonly options: readonly OptionWord[] };

/** A script that bash sources; it needs nothing else, neither Headgate nor the package bash-completion. */
export function bashScript(verbs: readonly Word[]): string {
  return `# Completion of headgate for bash.
_headgate() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local options='' words='' files=''
  if ((COMP_CWORD == 1)); then
    words=${quoted(verbs.map(({ name }) => name).join(' '))}
    options='--help --version'
  else
    case \${COMP_WORDS[1]} in
${verbs.flatMap(bashCase).join('\n')}
    esac
  fi
  if [[ -n $files && $current != -* ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
    compopt -o filenames 2>/dev/null
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -F _headgate headgate
`;
}

function bashCase({ name, takes, choices, options }: Word): readonly string[] {
  const withValue = options.filter((option) => option.takes !== 'nothing');
  return [
    `    ${name})`,
    '      case $previous in',
    ...withValue.map((option) => {
      if (option.choices.length > 0)
        return `      ${option.name}) words=${quoted(option.choices.join(' '))} ;;`;
      return `      ${option.name})${option.takes === 'file' ? ' files=1' : ''} ;;`;
    }),
    '      *)',
    `        options=${quoted(options.map((option) => option.name).join(' '))}`,
    `        words=${quoted(choices.join(' '))}${takes === 'file' ? ' files=1' : ''}`,
    '        ;;',
    '      esac',
    '      ;;',
  ];
}

/** A function for zsh's completion system, to be put on \`fpath\` as \`_headgate\`. */
export function zshScript(verbs: readonly Word[]): string {
  const summaries = verbs.map(({ name, about }) => `    ${quoted(`${name}:${about}`)}`);
  const cases = verbs.flatMap(({ name, takes, choices, options }) => [
    `    ${name})`,
    `      _arguments ${[...options.map(zshOption), zshRest(takes, choices)].map(quoted).join(' \\\n        ')}`,
    '      ;;',
  ]);
  return `#compdef headgate
# Completion of headgate for zsh.
_headgate() {
  local -a verbs
  verbs=(
${summaries.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  shift words
  ((CURRENT -= 1))
  case $verb in
${cases.join('\n')}
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _headgate "$@"; else compdef _headgate headgate; fi
`;
}

/** Commands for fish, which loads them from a file named headgate.fish. */
export function fishScript(verbs: readonly Word[]): string {
  const lines = verbs.flatMap(({ name, about, takes, choices, options }) => {
    const after = `-c headgate -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c headgate -n __fish_use_subcommand -f -a ${name} -d ${quoted(about)}`,
      ...(takes === 'file' ? [] : [`complete ${after} -f`]),
      ...(choices.length === 0 ? [] : [`complete ${after} -a ${quoted(choices.join(' '))}`]),
      ...options.map((option) => `complete ${after} ${fishOption(option)}`),
    ];
  });
  return `# Completion of headgate for fish.\n${lines.join('\n')}\n`;
}

function zshOption({ name, about, takes, choices }: OptionWord): string {
  const text = `${name}[${zshText(about)}]`;
  if (takes === 'nothing') return text;
  if (choices.length > 0) return `${text}:value:(${choices.join(' ')})`;
  return takes === 'file' ? `${text}:file:_files` : `${text}:value: `;
}

function zshRest(takes: Shape, choices: readonly string[]): string {
  if (choices.length > 0) return `*:value:(${choices.join(' ')})`;
  return takes === 'file' ? '*:file:_files' : '*:value: ';
}

function fishOption({ name, about, takes, choices }: OptionWord): string {
  const long = `-l ${name.replace(/^--/, '')} -d ${quoted(about)}`;
  if (takes === 'nothing') return long;
  if (choices.length > 0) return `${long} -x -a ${quoted(choices.join(' '))}`;
  return takes === 'file' ? `${long} -r -F` : `${long} -x`;
}

/** In single quotes, as all three shells read them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What zsh would take for the end of a description, or for its parts. */
function zshText(text: string): string {
  return text.replace(/[[\]:\\]/g, (sign) => `\\${sign}`);
}
