import { Argument, type Command } from 'commander';
import { bashScript, fishScript, type Shape, type Word, zshScript } from './completion-scripts.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

type Shell = keyof typeof SCRIPTS;

/** What the argument of an option or verb is called where it is the path of a file. */
const FILE = /file/;

/** `headgate completion`: prints what a shell needs to complete verbs, options and files. */
export function define(command: Command, all: () => Promise<readonly Command[]>): void {
  command
    .addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      `
To try it, and to have it in every shell from now on:
  bash  source <(headgate completion bash)
        headgate completion bash > ~/.local/share/bash-completion/completions/headgate
  zsh   headgate completion zsh > "\${fpath[1]}/_headgate"
  fish  headgate completion fish > ~/.config/fish/completions/headgate.fish`,
    )
    .addHelpText('after', '\nExample:\n  headgate completion bash')
    .action(async (shell: Shell) => {
      const verbs = (await all()).map(wordOf);
      process.stdout.write(SCRIPTS[shell](verbs));
    });
}

function wordOf(command: Command): Word {
  const help = command.createHelp();
  return {
    name: command.name(),
    about: firstSentence(command.description()),
    takes: command.registeredArguments.some((argument) => FILE.test(argument.name())) ? 'file' : 'words',
    choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    options: help.visibleOptions(command).map((option) => ({
      name: option.long ?? option.short ?? '',
      about: firstSentence(option.description),
      takes: shapeOf(option.flags, option.required || option.optional),
      choices: option.argChoices ?? [],
    })),
  };
}

function shapeOf(flags: string, takesValue: boolean): Shape {
  if (!takesValue) return 'nothing';
  return FILE.test(flags) ? 'file' : 'words';
}

/** Shells show one short line. */
function firstSentence(text: string): string {
  return text.split(/[.;:](?: |$)/, 1)[0] ?? '';
}
