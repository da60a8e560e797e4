// Publications on their way to PUB, a millisecond of them at a time: a flood of fanout takes the time
// that direct messages leave, not theirs. A confirm of fanout waits in the line behind what it confirms, so that a
// producer's window slows its flood down. A publication whose body is unpacked elsewhere holds the line until it is here.
//
// Invariants: the order of what is in the line is kept; an answer never overtakes an earlier one of the same peer; at the
// bound a publication is dropped and counted, an answer never.

import type { Publication } from '../../domain/effect.ts';
import type { PeerId } from '../../domain/ids.ts';
import type { Outgoing } from '../../usecase/gate.ts';
import type { Unpacking } from './unpack.ts';

/** How long one round may take. */
const ROUND_MS = 1;
/** After it everything that has arrived comes first. */
const BREATH_MS = 0;
/** … and while direct messages are under way, whose p99 the flood may at most double, the loop rests. */
const LONG_BREATH_MS = 4;
/** The clock is read once in so many messages. */
const CLOCK_EVERY = 8;
/** Blocks that wait here, in bytes: those of producers that wait for no confirm. */
const BYTES_MAX = 32 * 1024 * 1024;
const COMPACT_FROM = 1_024;

export interface FanoutLineOptions {
  /** What it must wait for before the next can leave; null: it has left. */
  readonly publish: (publication: Publication) => Unpacking | null;
  readonly answer: (answer: Outgoing) => void;
  /** Direct messages are under way. */
  readonly isBusy: () => boolean;
  /** 0 ms: once everything that has arrived by now was handed over. */
  readonly after: (ms: number, call: () => void) => void;
  readonly monotonicMs: () => number;
}

export class FanoutLine {
  readonly #options: FanoutLineOptions;
  #items: (Outgoing | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #scheduled = false;
  /** Messages of the publication that waits for a body, at most; 0: none waits. */
  #away = 0;
  #closed = false;
  /** Answers in the line, by peer. */
  readonly #answers = new Map<PeerId, number>();
  dropped = 0;

  constructor(options: FanoutLineOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#items.length - this.#head + Math.sign(this.#away);
  }

  /** Takes what belongs into the line; false for everything else, which leaves by its own way at once. */
  take(one: Outgoing): boolean {
    const { effect } = one;
    if (effect.type === 'publication') {
      if (this.#bytes + effect.blocks.length > BYTES_MAX) this.dropped += effect.count;
      else {
        this.#bytes += effect.blocks.length;
        this.#items.push(one);
      }
      return true;
    }
    if (effect.type !== 'published' || this.length === 0) return false;
    const before = this.#answers.get(effect.peer) ?? 0;
    if (effect.durability !== 'none' && before === 0) return false;
    this.#answers.set(effect.peer, before + 1);
    this.#items.push(one);
    return true;
  }

  /** One round; the rest follows in later ones. */
  run(): void {
    if (this.#scheduled || this.#away > 0) return;
    this.#work(ROUND_MS);
    if (this.length === 0 || this.#away > 0) return;
    this.#scheduled = true;
    this.#options.after(this.#options.isBusy() ? LONG_BREATH_MS : BREATH_MS, () => {
      this.#scheduled = false;
      this.run();
    });
  }

  /** Everything that is left, at once: before the doors close. What is away then, and behind it, is dropped. */
  flush(): void {
    this.#closed = true;
    this.#work(Number.POSITIVE_INFINITY);
    if (this.#away > 0) this.dropped += this.#publications();
  }

  /** In the line, with the one that is away. */
  #publications(): number {
    return this.#items.reduce(
      (sum, one) => sum + (one?.effect.type === 'publication' ? one.effect.count : 0),
      this.#away,
    );
  }

  #work(forMs: number): void {
    const { monotonicMs } = this.#options;
    const untilMs = this.length === 0 ? 0 : monotonicMs() + forMs;
    let unseen = 0;
    for (let one = this.#items[this.#head]; one !== undefined && this.#away === 0; one = this.#items[this.#head]) {
      if (unseen >= CLOCK_EVERY) {
        if (monotonicMs() >= untilMs) break;
        unseen = 0;
      }
      this.#items[this.#head] = undefined;
      this.#head += 1;
      unseen += one.effect.type === 'publication' ? one.effect.count : 1;
      this.#leave(one);
    }
    if (this.length === 0) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  /** As far as it goes now; what comes later goes on with the line. */
  #publish(work: Unpacking, messages: number, plain: Uint8Array | null): void {
    const next = work.next(plain);
    if (next.done === true) return;
    this.#away = messages;
    void next.value.then((body) => {
      this.#away = 0;
      if (this.#closed) return;
      this.#publish(work, messages, body);
      this.run();
    });
  }

  #leave(one: Outgoing): void {
    const { effect } = one;
    if (effect.type === 'publication') {
      this.#bytes -= effect.blocks.length;
      const work = this.#options.publish(effect);
      return work === null ? undefined : this.#publish(work, effect.count, null);
    }
    if (effect.peer !== null) {
      const left = (this.#answers.get(effect.peer) ?? 1) - 1;
      if (left === 0) this.#answers.delete(effect.peer);
      else this.#answers.set(effect.peer, left);
    }
    this.#options.answer(one);
  }
}
