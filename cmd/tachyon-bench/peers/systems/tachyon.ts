// What both drivers of Tachyon agree on.

export const QUEUE = 'race';
export const TOPIC = 'race.1';
export const PATTERN = 'race.>';
export const TIMEOUT_MS = 30_000;
export const PROBE_EVERY_MS = 20;
