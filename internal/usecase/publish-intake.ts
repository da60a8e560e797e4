// Holds publishes back while the journal prepares its next segment: being fast is no reason to be refused. Messages
// leave in the order they came, a command in parts if need be. Only a disk that has no more to give (`blocked`), or
// more held back than the bound, ends in refusals, and these too wait their turn, so that no confirm runs ahead.

import type { Publish, PublishMessage } from '../domain/command.ts';
import type { Refusal } from '../domain/effect.ts';
import type { JournalRoom } from './ports/journal.ts';

/** What publishes may hold of memory while they wait. */
export const HELD_BYTES_MAX = 64 * 1024 * 1024;
/** What a message may cost in the journal beside its block, its share of a group's padding included. */
const MESSAGE_MARGIN_BYTES = 64;
const GROUP_MARGIN_BYTES = 4 * 1024;
/** A message alone goes on when the room is its block and so much more. */
export const LONE_MARGIN_BYTES = MESSAGE_MARGIN_BYTES + GROUP_MARGIN_BYTES;

const BUSY: Refusal = {
  code: 'BUSY',
  detail: 'more publishes wait for room already than may be held',
  retryAfterMs: 250,
};

export class PublishIntake {
  #held: Publish[] = [];
  #heldBytes = 0;

  get size(): number {
    return this.#held.length;
  }

  /** Takes the command in line. Gives it back when it need not wait. */
  offer(command: Publish, room: JournalRoom): Publish | null {
    const bytes = bytesOf(command);
    if (this.#held.length === 0 && (room.blocked !== null || bytes <= room.free)) return command;
    if (this.#heldBytes + bytes > HELD_BYTES_MAX) this.#held.push(asRefused(command));
    else {
      this.#held.push(command);
      this.#heldBytes += bytes;
    }
    return null;
  }

  /**
   * The next held command, or as much of it as has room now; null when it must wait on. One at a time: what one takes
   * may be more than its own bytes, as when it begins a segment.
   */
  release(room: JournalRoom): Publish | null {
    const command = this.#held[0];
    if (command === undefined) return null;
    const count = fitting(command, room.blocked === null ? room.free : Number.POSITIVE_INFINITY);
    if (count === 0 && command.messages.length > 0) return null;
    const whole = count === command.messages.length;
    const part = whole ? command : { ...command, messages: command.messages.slice(0, count) };
    this.#heldBytes = Math.max(0, this.#heldBytes - bytesOf(part));
    if (whole) this.#held.shift();
    else {
      const messages = command.messages.slice(count);
      this.#held[0] = { ...command, messages, firstSequence: command.firstSequence + count };
    }
    return part;
  }
}

const costOf = ({ start, end, tail, fault }: PublishMessage): number =>
  fault === null ? end - start + (tail?.length ?? 0) + MESSAGE_MARGIN_BYTES : 0;

const bytesOf = ({ messages }: Publish): number =>
  messages.reduce((sum, message) => sum + costOf(message), GROUP_MARGIN_BYTES);

/** How many of its messages have room; of an atomic batch all or none. */
function fitting(command: Publish, free: number): number {
  const count = fittingAlone(command, free);
  return command.atomic === true && count < command.messages.length ? 0 : count;
}

function fittingAlone({ messages }: Publish, free: number): number {
  let left = free - GROUP_MARGIN_BYTES;
  let count = 0;
  for (const message of messages) {
    left -= costOf(message);
    if (left < 0) break;
    count += 1;
  }
  return count;
}

/** As much of it as the journal has room for now; null: nothing. A disk that has no more to give ends the waiting. */
export function fittingPart(command: Publish, room: JournalRoom): Publish | null {
  const count = fitting(command, room.blocked === null ? room.free : Number.POSITIVE_INFINITY);
  if (count === command.messages.length) return command;
  return count === 0 ? null : { ...command, messages: command.messages.slice(0, count) };
}

/** The same publish without its bytes, each message refused when its turn comes. */
export function asRefused(command: Publish): Publish {
  const messages = command.messages.map((message) => ({
    ...message,
    start: 0,
    end: 0,
    tail: null,
    fault: message.fault ?? BUSY,
  }));
  return { ...command, source: new Uint8Array(0), messages };
}
