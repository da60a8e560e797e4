#!/usr/bin/env node
// The `tachyon` executable: finds the command, runs it, and turns every way it can end into an exit code. Data goes to
// standard output, everything said to people to standard error.

import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';
import { describeFailure, exitCodeOfError } from './output/failure.ts';
import { programFor } from './program.ts';

/** Whoever reads our output may go at any time (`| head`): then there is nobody left to write for. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
}

try {
  const words = process.argv.slice(2);
  const program = await programFor(words);
  await program.parseAsync(words.length === 0 || isBrokerFlag(words[0]) ? ['broker', ...words] : words, {
    from: 'user',
  });
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong. Help and version are no mistakes.
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exitCode = exitCodeOfError(error);
  }
}

/** `tachyon --router …` means the broker; help and version are the program's own. */
function isBrokerFlag(word: string | undefined): boolean {
  return word?.startsWith('-') === true && !['-h', '--help', '-V', '--version'].includes(word);
}
