// Publishes of producers that would rather wait than be refused: each has a line of its own, in the order in which they came, and the
// lines take turns, by tenant and then by producer. Nothing in here was confirmed: who goes takes its line along, and a
// restart forgets all of it. Invariant: a producer that has a line has nothing decided ahead of it.

import type { Publish } from '../domain/command.ts';
import type { Refusal } from '../domain/effect.ts';
import type { PeerId } from '../domain/ids.ts';
import { asRefused } from './publish-intake.ts';

/** What may wait of one producer, and of all. Beyond it publishes are refused, as without waiting. */
export const LINE_BYTES_MAX = 8 * 1024 * 1024;
const ROOM_BYTES_MAX = 64 * 1024 * 1024;
/** What a message costs in memory beside its block. */
const MESSAGE_BYTES = 128;
/** Lines that are asked in one turn. */
const LINES_PER_TURN = 256;
/** A line is not asked more often than this, and not less often: room comes with time, too. */
const AGAIN_MS_MAX = 250;
/** To ask a batch is to look at all of its messages: not with every turn. */
const BATCH_AGAIN_MS = 10;

interface Line {
  readonly tenant: string;
  readonly peer: PeerId;
  readonly publishes: Publish[];
  bytes: number;
  notBeforeMs: number;
}

export class WaitingRoom {
  readonly #lines = new Map<PeerId, Line>();
  /** The first line of the first tenant is asked next. */
  readonly #turns = new Map<string, Set<Line>>();
  #bytes = 0;
  #againMs = Number.POSITIVE_INFINITY;

  /** Producers that wait. */
  get size(): number {
    return this.#lines.size;
  }

  /** When the lines are to be asked even if nothing else happens. */
  get nextMs(): number {
    return this.#lines.size === 0 ? Number.POSITIVE_INFINITY : this.#againMs;
  }

  has(peer: PeerId): boolean {
    return this.#lines.has(peer);
  }

  /** What could not be decided waits before the rest of its line. False: it may not wait here. */
  hold(command: Publish, refusal: Refusal, nowMs: number): boolean {
    if (!this.#fits(command)) return false;
    this.#lineOf(command).publishes.unshift(command);
    this.#count(command);
    this.#againMs = Math.min(this.#againMs, nowMs + Math.min(AGAIN_MS_MAX, refusal.retryAfterMs ?? AGAIN_MS_MAX));
    return true;
  }

  /** A further publish of one who waits; gives how many messages of it wait. Where there is no room it is refused in its turn. */
  queue(command: Publish): number {
    const isTaken = this.#fits(command);
    const held = isTaken ? command : asRefused(command);
    this.#lineOf(command).publishes.push(held);
    this.#count(held);
    return isTaken ? command.messages.length : 0;
  }

  #fits(command: Publish): boolean {
    const bytes = bytesOf(command);
    const own = this.#lines.get(command.peer)?.bytes ?? 0;
    return own + bytes <= LINE_BYTES_MAX && this.#bytes + bytes <= ROOM_BYTES_MAX;
  }

  #count(command: Publish): void {
    const bytes = bytesOf(command);
    this.#lineOf(command).bytes += bytes;
    this.#bytes += bytes;
  }

  #lineOf({ peer, tenant }: Publish): Line {
    const known = this.#lines.get(peer);
    if (known !== undefined) return known;
    const line: Line = { tenant, peer, publishes: [], bytes: 0, notBeforeMs: 0 };
    this.#lines.set(peer, line);
    const lines = this.#turns.get(tenant);
    if (lines === undefined) this.#turns.set(tenant, new Set([line]));
    else lines.add(line);
    return line;
  }

  /** Gone, with all that it had said and that was not confirmed. */
  drop(peer: PeerId): void {
    const line = this.#lines.get(peer);
    if (line === undefined) return;
    this.#bytes -= line.bytes;
    this.#forget(line);
  }

  #forget(line: Line): void {
    this.#lines.delete(line.peer);
    const lines = this.#turns.get(line.tenant);
    lines?.delete(line);
    if (lines?.size === 0) this.#turns.delete(line.tenant);
  }

  /**
   * Asks the lines in turn until none gets on. `decide` takes the head of a line, or as much of it as has room, and gives what
   * must wait on; null where it is done.
   */
  offer(
    nowMs: number,
    decide: (command: Publish) => { readonly rest: Publish; readonly againMs: number } | null,
  ): void {
    this.#againMs = nowMs + AGAIN_MS_MAX;
    let idle = 0;
    for (let asked = 0; asked < LINES_PER_TURN && idle < this.#lines.size; asked += 1) {
      const line = this.#take();
      if (line === null) return;
      if (line.notBeforeMs > nowMs) {
        this.#againMs = Math.min(this.#againMs, line.notBeforeMs);
        idle += 1;
        continue;
      }
      const head = line.publishes[0] as Publish;
      const rest = decide(head);
      const before = bytesOf(head);
      const after = rest === null ? 0 : bytesOf(rest.rest);
      line.bytes += after - before;
      this.#bytes += after - before;
      if (rest === null) line.publishes.shift();
      else line.publishes[0] = rest.rest;
      if (rest !== null) this.#againMs = Math.min(this.#againMs, Math.max(nowMs + 1, rest.againMs));
      idle = rest !== null && rest.rest === head ? idle + 1 : 0;
      if (rest !== null && head.atomic === true) line.notBeforeMs = nowMs + BATCH_AGAIN_MS;
      if (line.publishes.length === 0) this.#forget(line);
    }
  }

  /** The line whose turn it is; it and its tenant go to the end. */
  #take(): Line | null {
    for (const [tenant, lines] of this.#turns) {
      for (const line of lines) {
        lines.delete(line);
        lines.add(line);
        this.#turns.delete(tenant);
        this.#turns.set(tenant, lines);
        return line;
      }
    }
    return null;
  }
}

const bytesOf = ({ messages }: Publish): number =>
  messages.reduce((sum, { start, end, tail }) => sum + end - start + (tail?.length ?? 0) + MESSAGE_BYTES, 0);
