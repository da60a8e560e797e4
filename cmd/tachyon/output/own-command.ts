// A command of ours as somebody can type it where they are: how it is called there, each word as a shell takes it, and
// the data folder where it was named.

import { shellWord } from '../../../pkg/protocol/shell-word.ts';
import type { BrokerOptions } from '../commands/options.ts';
import { ownName } from '../process/own-name.ts';

export const ownCommand = (words: readonly string[], { dataDir }: BrokerOptions): string =>
  [ownName(), ...[...words, ...(dataDir === undefined ? [] : ['--data-dir', dataDir])].map(shellWord)].join(' ');
