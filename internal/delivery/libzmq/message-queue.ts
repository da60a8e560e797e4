// The messages that one peer still has to get: first in, first out, weighed in bytes.
// Invariant: `bytes` is the sum of the weights of the messages inside.

import type { Frames } from '../transport.ts';

/** What a frame costs beyond its bytes, so that empty frames are not free. */
const FRAME_OVERHEAD_BYTES = 64;
/** Taken slots at the front are given back once there are this many of them and they are the larger half. */
const COMPACT_AFTER = 1_024;

export const weightOf = (frames: Frames): number => {
  let bytes = frames.length * FRAME_OVERHEAD_BYTES;
  for (const frame of frames) bytes += frame.byteLength;
  return bytes;
};

export class MessageQueue {
  #messages: (Frames | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  get length(): number {
    return this.#messages.length - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(message: Frames): void {
    this.#messages.push(message);
    this.#bytes += weightOf(message);
  }

  peek(): Frames | undefined {
    return this.#messages[this.#first];
  }

  shift(): Frames | undefined {
    const message = this.#messages[this.#first];
    if (message === undefined) return undefined;
    this.#messages[this.#first] = undefined;
    this.#first += 1;
    this.#bytes -= weightOf(message);
    if (this.#first === this.#messages.length) {
      this.#messages.length = 0;
      this.#first = 0;
    } else if (this.#first >= COMPACT_AFTER && this.#first * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#first);
      this.#first = 0;
    }
    return message;
  }

  /** Empties the queue and says how many messages were inside. */
  clear(): number {
    const count = this.length;
    this.#messages = [];
    this.#first = 0;
    this.#bytes = 0;
    return count;
  }
}
