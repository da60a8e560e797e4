// The whole program: whatever the words ask for.

import { programFor } from '../program.ts';
import { runProgram } from './run-program.ts';

export const run = (words: readonly string[]): Promise<void> => runProgram(words, programFor);
