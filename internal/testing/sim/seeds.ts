// Seeds that have found something once: they run forever.

export const SEEDS_THAT_FAILED: readonly number[] = [];
