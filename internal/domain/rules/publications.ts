// The publications of one publish command: neighbours of one topic are one, so that what a publication costs on its way to
// PUB is shared. Cut at a bound, so that others get their turn behind it.

import { joined } from '../../../pkg/protocol/bytes.ts';
import type { PublishMessage } from '../command.ts';
import type { Publication } from '../effect.ts';

const MESSAGES_MAX = 64;
const BYTES_MAX = 64 * 1024;

interface Open {
  readonly topic: string;
  readonly gated: boolean;
  readonly start: number;
  end: number;
  count: number;
}

export class PublicationRuns {
  readonly #source: Uint8Array;
  readonly #ended: Publication[] = [];
  #open: Open | null = null;

  /** `source`: of the command, in which its blocks stand. */
  constructor(source: Uint8Array) {
    this.#source = source;
  }

  /** In the order of the command. */
  add({ topic, start, end, tail }: PublishMessage, gated: boolean): void {
    const open = this.#open;
    if (open !== null && tail === null && open.end === start && open.topic === topic && open.gated === gated) {
      open.end = end;
      open.count += 1;
      if (open.count === MESSAGES_MAX || end - open.start >= BYTES_MAX) this.#close();
      return;
    }
    this.#close();
    if (tail === null) this.#open = { topic, gated, start, end, count: 1 };
    else this.#push(topic, gated, joined([this.#source.subarray(start, end), tail]), 1);
  }

  end(): readonly Publication[] {
    this.#close();
    return this.#ended;
  }

  #close(): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    this.#push(open.topic, open.gated, this.#source.subarray(open.start, open.end), open.count);
  }

  #push(topic: string, gated: boolean, blocks: Uint8Array, count: number): void {
    this.#ended.push({ type: 'publication', gated, peer: null, topic, blocks, count });
  }
}
