// Waits for a condition instead of a time. A test that fails by it says what it waited for and what it saw last.

export interface EventuallyOptions {
  readonly withinMs?: number;
  readonly everyMs?: number;
}

/** Resolves with the first value that is not false, null or undefined. A throw of `condition` counts as "not yet". */
export async function eventually<T>(
  what: string,
  condition: () => T | Promise<T>,
  { withinMs = 10_000, everyMs = 2 }: EventuallyOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    let seen: unknown;
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined)
        return value as Exclude<T, false | null | undefined>;
      seen = value;
    } catch (error) {
      seen = error;
    }
    if (performance.now() >= deadlineMs) {
      throw new Error(`not within ${withinMs} ms: ${what} (last seen: ${String(seen)})`, { cause: seen });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
