// What both drivers of Redis Streams agree on: one stream, one group, one field that holds the body.

export const STREAM = 'race';
export const GROUP = 'race';
export const CONSUMER = 'c';
export const FIELD = 'b';
/** How long a read waits for the first entry; another one follows it. */
export const BLOCK_MS = 5_000;
/** Entries of one read: large enough that the commands cost nothing, small enough that the server answers others soon. */
export const readCountOf = (window: number): number => Math.min(window, 1_024);
