// Pins of the data folder, for backups of a broker that runs: while one is held no segment is trimmed, no checkpoint
// replaces another, nothing is relocated, and the audit log loses no file.
//
// Invariants: a pin ends by itself, by its clock or where the disk has no room left, whatever becomes of its owner; it is
// never part of the state, so a restart ends it too. An owner who is told that the pin was held to the end has a whole
// copy.

import type { Journal, JournalPin } from './ports/journal.ts';
import type { Clock } from './ports/timers.ts';

export const PINS_MAX = 8;
export const PIN_SECONDS_MAX = 3_600;

export interface JournalPinsOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Of this start: a pin of an earlier one is not taken for one of this. */
  readonly epoch: () => number;
  /** Files of the audit log are going at this moment. */
  readonly isBusy: () => boolean;
}

interface Held {
  readonly pin: JournalPin;
  untilMs: number;
}

export interface PinView {
  readonly pin: string;
  readonly position: number;
  readonly seconds_left: number;
}

/** Why there is no pin. */
export type PinRefusal = 'memory' | 'not yet' | 'removing' | 'too many' | 'no room';

export class JournalPins {
  readonly #options: JournalPinsOptions;
  readonly #held = new Map<string, Held>();
  #taken = 0;

  constructor(options: JournalPinsOptions) {
    this.#options = options;
  }

  /** Whether somebody holds one now; asked before anything is removed. */
  get held(): boolean {
    if (this.#held.size > 0) this.look();
    return this.#held.size > 0;
  }

  get views(): readonly PinView[] {
    this.look();
    const nowMs = this.#options.clock.monotonicMs();
    return [...this.#held].map(([pin, held]) => ({
      pin,
      position: held.pin.position,
      seconds_left: Math.ceil((held.untilMs - nowMs) / 1_000),
    }));
  }

  /** Often: ends what has expired, and all of them where no further segment can be prepared. Serving goes before copying. */
  look(): void {
    if (this.#held.size === 0) return;
    const { journal, clock } = this.#options;
    const isFull = journal.room().blocked !== null;
    const nowMs = clock.monotonicMs();
    for (const [name, { untilMs }] of this.#held) if (isFull || untilMs <= nowMs) this.#release(name);
  }

  pin(seconds: number): { readonly name: string; readonly pin: JournalPin } | PinRefusal {
    const { journal, clock, epoch, isBusy } = this.#options;
    this.look();
    if (journal.durability === 'memory') return 'memory';
    if (this.#held.size >= PINS_MAX) return 'too many';
    if (journal.room().blocked !== null) return 'no room';
    if (isBusy()) return 'removing';
    const pin = journal.pin();
    if (pin === null) return 'not yet';
    this.#taken += 1;
    const name = `${epoch()}-${this.#taken}`;
    this.#held.set(name, { pin, untilMs: clock.monotonicMs() + seconds * 1_000 });
    return { name, pin };
  }

  /** Holds it for so long from now on; false where it has ended. */
  renew(name: string, seconds: number): boolean {
    this.look();
    const held = this.#held.get(name);
    if (held !== undefined) held.untilMs = this.#options.clock.monotonicMs() + seconds * 1_000;
    return held !== undefined;
  }

  /** Whether it was held until now. */
  unpin(name: string): boolean {
    this.look();
    const isHeld = this.#held.has(name);
    this.#release(name);
    return isHeld;
  }

  #release(name: string): void {
    const held = this.#held.get(name);
    this.#held.delete(name);
    held?.pin.release();
  }
}
