// A broken assumption stops the process (in decide: that command); bad input never comes here, it is a refusal.

export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Always on. `sentence` is what should have been true, with the numbers that were seen. */
export function invariant(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new InvariantError(sentence);
}

/** Closes a switch over a union: the compiler refuses a case that was forgotten. */
export function assertNever(value: never): never {
  throw new InvariantError(`a value outside its union: ${JSON.stringify(value)}`);
}
