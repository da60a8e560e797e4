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

const BUSY: Refusal = {
  code: 'BUSY',
  detail: 'the disk is being prepared and more is waiting already',
  retryAfterMs: 250,
};

export class PublishIntake {
  #held: Publish[] = [];
  #heldBytes = 0;

  get size(): number {
    return this.#held.length;
  }

  /** What of this command, or of those before it, may be decided now; the rest is held. */
  offer(command: Publish, room: JournalRoom): readonly Publish[] {
    if (this.#held.length === 0 && (room.blocked !== null || bytesOf(command) <= room.free)) return [command];
    const bytes = bytesOf(command);
    if (this.#heldBytes + bytes > HELD_BYTES_MAX) this.#held.push(refusedWhole(command));
    else {
      this.#held.push(command);
      this.#heldBytes += bytes;
    }
    return this.release(room);
  }

  /** What of the held commands has room now. */
  release(room: JournalRoom): readonly Publish[] {
    const leaving: Publish[] = [];
    let free = room.blocked === null ? room.free : Number.POSITIVE_INFINITY;
    for (let command = this.#held[0]; command !== undefined; command = this.#held[0]) {
      const count = fitting(command, free);
      if (count === 0 && command.messages.length > 0) break;
      const part =
        count === command.messages.length ? command : { ...command, messages: command.messages.slice(0, count) };
      leaving.push(part);
      const bytes = bytesOf(part);
      free -= bytes;
      this.#heldBytes = Math.max(0, this.#heldBytes - bytes);
      if (part === command) this.#held.shift();
      else {
        const messages = command.messages.slice(count);
        this.#held[0] = { ...command, messages, firstSequence: command.firstSequence + count };
      }
    }
    return leaving;
  }
}

const costOf = ({ start, end, tail, fault }: PublishMessage): number =>
  fault === null ? end - start + (tail?.length ?? 0) + MESSAGE_MARGIN_BYTES : 0;

const bytesOf = ({ messages }: Publish): number =>
  messages.reduce((sum, message) => sum + costOf(message), GROUP_MARGIN_BYTES);

function fitting({ messages }: Publish, free: number): number {
  let left = free - GROUP_MARGIN_BYTES;
  let count = 0;
  for (const message of messages) {
    left -= costOf(message);
    if (left < 0) break;
    count += 1;
  }
  return count;
}

/** The same publish without its bytes, each message refused when its turn comes. */
function refusedWhole(command: Publish): Publish {
  const messages = command.messages.map((message) => ({
    ...message,
    start: 0,
    end: 0,
    tail: null,
    fault: message.fault ?? BUSY,
  }));
  return { ...command, source: new Uint8Array(0), messages };
}
