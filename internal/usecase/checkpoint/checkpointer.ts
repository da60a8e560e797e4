// When and how checkpoints are made: after so many bytes of journal, captured between turns, encoded in slices, written
// off the turn. Two are kept, and the journal may drop what was already dead when the older was captured: so either
// finds a row for each message that it says lives.

import { NO_POSITION, type Position } from '../../domain/ids.ts';
import type { State } from '../../domain/state.ts';
import type { CheckpointStore } from '../ports/checkpoint-store.ts';
import type { Journal } from '../ports/journal.ts';
import type { Observe } from '../ports/observer.ts';
import type { Clock, Timers } from '../ports/timers.ts';
import { capture } from './capture.ts';
import { encodeCapture } from './codec.ts';

/** How long one slice of encoding may hold the loop. */
const SLICE_MS = 2;
/** Disk use stays under so many times the live bytes, and the slack. */
const LIVE_FACTOR = 3;
const RETRY_BYTES = 1024 * 1024;

export interface CheckpointerOptions {
  readonly state: State;
  readonly journal: Journal;
  readonly store: CheckpointStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly observe: Observe;
  /** Bytes of journal between two checkpoints. */
  readonly everyBytes: number;
  /** Disk that may be in use beyond three times the live bytes before dead segments are worth a checkpoint. */
  readonly slackBytes: number;
  /** Whether the audit log has the operators' actions up to this position: a start finds no earlier ones again. */
  readonly audited: (position: Position) => Audited;
  /** Somebody copies the files: none is replaced, and nothing could be trimmed. */
  readonly pinned: () => boolean;
  /** Asks for an event that changes nothing, so that the next checkpoint has a position of its own. */
  readonly nudge: () => void;
}

export type Audited = 'there' | 'coming' | 'failing';

interface Encoded {
  readonly position: Position;
  readonly nowMs: number;
  readonly parts: readonly Uint8Array[];
  readonly startedMs: number;
  readonly lastAction: Position;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #nextAtBytes: number;
  #running = false;
  #waiting: (() => void)[] = [];
  /** The journal's live floor as each kept checkpoint saw it. */
  readonly #floors = new Map<Position, Position>();
  #lastPosition: Position = NO_POSITION;
  #trimmed: Position = NO_POSITION;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#nextAtBytes = options.journal.appendedBytes + options.everyBytes;
  }

  get running(): boolean {
    return this.#running;
  }

  /** After each turn: begins a checkpoint when enough was written since the last. */
  after(nowMs: number): void {
    const isDue = !this.#running && this.#options.journal.appendedBytes >= this.#nextAtBytes;
    if (isDue && !this.#options.pinned()) this.begin(nowMs);
  }

  /**
   * From time to time: a drained queue leaves dead segments behind and little traffic. When they are too many, or the
   * disk is full, two checkpoints in a row let them go.
   */
  look(position: Position, nowMs: number): void {
    const { journal, slackBytes, nudge, pinned } = this.#options;
    if (this.#running || pinned()) return;
    if (journal.liveFloor() <= this.#trimmed) return;
    const { diskBytes, liveBytes } = journal.stats;
    if (journal.room().blocked === null && diskBytes <= LIVE_FACTOR * liveBytes + slackBytes) return;
    if (position === this.#lastPosition) nudge();
    else this.begin(nowMs);
  }

  /**
   * Begins one now, unless one is running; calls back when that is over. A group that several turns share is closed
   * first: what came into it after the capture would be neither in the checkpoint nor replayed after it.
   */
  begin(nowMs: number, done?: () => void): void {
    if (done !== undefined) this.#waiting.push(done);
    if (this.#running) return;
    this.#running = true;
    const { state, journal, clock } = this.#options;
    const startedMs = clock.monotonicMs();
    const position = journal.commit(true);
    this.#floors.set(position, journal.liveFloor());
    const pieces = encodeCapture(capture(state, position));
    const { lastAction } = state;
    this.#encode(pieces, [], (parts) => this.#write({ position, nowMs, parts, startedMs, lastAction }));
  }

  #encode(pieces: Generator<Uint8Array>, parts: Uint8Array[], done: (parts: readonly Uint8Array[]) => void): void {
    const { clock, timers } = this.#options;
    const untilMs = clock.monotonicMs() + SLICE_MS;
    for (let next = pieces.next(); ; next = pieces.next()) {
      if (next.done === true) return done(parts);
      parts.push(next.value);
      if (clock.monotonicMs() >= untilMs) break;
    }
    timers.after(0, () => this.#encode(pieces, parts, done));
  }

  /** A checkpoint must not be ahead of the journal on disk, nor of the audit log: it is written once they are there. */
  #write(encoded: Encoded): void {
    const { position, nowMs, parts, startedMs, lastAction } = encoded;
    const { journal, timers, audited } = this.#options;
    const isAudited = audited(lastAction);
    if (isAudited === 'failing')
      return this.#written(position, parts, startedMs, new Error('the audit log is behind'), NO_POSITION);
    if (journal.durable < position || isAudited === 'coming') {
      timers.after(1, () => this.#write(encoded));
      return;
    }
    this.#options.store.write(position, nowMs, parts, (error, trimBelow) =>
      this.#written(position, parts, startedMs, error, trimBelow),
    );
  }

  #written(
    position: Position,
    parts: readonly Uint8Array[],
    startedMs: number,
    error: Error | null,
    trimBelow: Position,
  ): void {
    const { journal, clock, observe, everyBytes } = this.#options;
    this.#running = false;
    if (error === null) {
      this.#lastPosition = position;
      this.#nextAtBytes = journal.appendedBytes + everyBytes;
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      observe({ type: 'checkpoint-written', position, bytes, tookMs: clock.monotonicMs() - startedMs });
      const floor = this.#floors.get(trimBelow);
      if (floor !== undefined) {
        journal.trim(floor);
        this.#trimmed = floor;
      }
      for (const kept of this.#floors.keys()) if (kept < trimBelow) this.#floors.delete(kept);
    } else {
      this.#nextAtBytes = journal.appendedBytes + Math.min(RETRY_BYTES, everyBytes);
      this.#floors.delete(position);
      observe({ type: 'checkpoint-failed', error });
    }
    for (const done of this.#waiting.splice(0)) done();
  }
}
