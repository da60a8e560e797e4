// Messages as texts, one character a byte: a hundred times faster to compare than arrays of bytes, and readable.

import { latin1Of } from '../bytes.ts';

export const texts = (messages: readonly (readonly Uint8Array[])[]): string[][] =>
  messages.map((frames) => frames.map(latin1Of));

/** A text of this length that repeats nothing soon. */
export const longText = (length: number): string =>
  Array.from({ length: Math.ceil(length / 8) }, (_, index) => index.toString(36).padStart(8, '-'))
    .join('')
    .slice(0, length);
