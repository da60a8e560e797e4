// `tachyon completion bash|zsh|fish`: a script for the shell, made from the commands as they are.

import { Argument, Command } from 'commander';
import { print } from '../output/print.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const completionCommand = (): Command =>
  new Command('completion')
    .description('Prints a completion script for a shell, such as: source <(tachyon completion bash).')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { programFor } = await import('../program.ts');
      const { placesOf } = await import('../completion/tree.ts');
      await print((await scriptOf(shell))(placesOf(await programFor(['--help']))));
    });

async function scriptOf(shell: (typeof SHELLS)[number]) {
  switch (shell) {
    case 'bash':
      return (await import('../completion/bash.ts')).bashScript;
    case 'zsh':
      return (await import('../completion/zsh.ts')).zshScript;
    case 'fish':
      return (await import('../completion/fish.ts')).fishScript;
  }
}
