// Runs one command line, and turns every way it can end into an exit code. Data goes to standard output, everything said
// to people to standard error.

import { type Command, CommanderError } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { describeFailure, exitCodeOfError } from '../output/failure.ts';
import { wordsInFull } from './broker-words.ts';

export async function runProgram(
  words: readonly string[],
  programFor: (words: readonly string[]) => Promise<Command>,
): Promise<void> {
  // Whoever reads our output may go at any time (`| head`): then there is nobody left to write for.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT.ok);
      throw error;
    });
  }
  try {
    const program = await programFor(words);
    await program.parseAsync(wordsInFull(words), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said what is wrong. Help and version are no mistakes.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    } else {
      process.stderr.write(`${describeFailure(error)}\n`);
      process.exitCode = exitCodeOfError(error);
    }
  }
}
