// The program with the broker as its only command: small enough to be kept as one compiled file (compiled-broker.ts).

import { brokerCommand } from '../commands/broker.ts';
import { programOf } from '../program-of.ts';
import { BY_DEFAULT } from './broker-words.ts';
import { runProgram } from './run-program.ts';

export const run = (words: readonly string[]): Promise<void> =>
  runProgram(words, (asked) => programOf(asked, { [BY_DEFAULT]: async () => brokerCommand() }));
