// What waits to be sent to one peer, and the run of confirms that is still growing. Bounded: what a peer that does not
// read can cost is its window, one run of confirms with its exceptions, and a few replies; beyond that it is `overrun`.
// Invariant: a run leaves after every reply that was given before it. So whatever is told of a publish by a reply of
// its own is told before a run passes its number, and a run may go on growing while replies overtake it.

import type { ConfirmDurability, ConfirmException } from '../../../pkg/protocol/abtp2/confirm.ts';
import { CONFIRM_EXCEPTIONS_MAX, CONTROL_BYTES_MAX, SILENT_REPLY_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import type { Frames, SendResult } from '../transport.ts';

/** Replies that wait for a peer that said hello; deliveries are bounded by its window. */
const REPLY_BYTES_MAX = 1024 * 1024;
/** What the exceptions of one run may take as JSON: the run is one control message. */
const RUN_BYTES_MAX = CONTROL_BYTES_MAX - 1_024;
/** An exception as JSON beside its detail, at most. */
const EXCEPTION_BYTES = 128;
/** UTF-8 bytes of one UTF-16 unit, at most. */
const BYTES_PER_UNIT = 3;

export interface ConfirmRun {
  readonly through: number;
  readonly position: number;
  readonly durability: ConfirmDurability;
  readonly exceptions: readonly ConfirmException[];
}

/** `areOne`: the frames are pieces of one. */
type Send = (frames: Frames, areOne: boolean) => SendResult;

interface GrowingRun {
  through: number;
  position: number;
  /** Null while everything in it is an exception. */
  durability: ConfirmDurability | null;
  exceptions: ConfirmException[];
}

interface Waiting {
  readonly frames: Frames;
  /** They are pieces of one frame. */
  readonly areOne: boolean;
  readonly bytes: number;
  /** A delivery: its bound is the window of its session. */
  readonly leased: boolean;
  readonly exceptions: number;
  /** Messages in it that nobody keeps any more. */
  readonly settled: number;
}

export interface OutboxEvents {
  /** A reply to a silent peer was dropped at its bound. */
  dropped(): void;
  /** Messages that were settled before their hand-over will not be handed over. */
  lost(messages: number): void;
}

export class PeerOutbox {
  readonly #send: Send;
  readonly #encodeRun: (run: ConfirmRun) => Frames;
  readonly #events: OutboxEvents;
  #waiting: Waiting[] = [];
  #replyBytes = 0;
  #leasedBytes = 0;
  /** Exceptions that wait: those of the growing run, and of runs that ended and could not leave. */
  #exceptions = 0;
  #run: GrowingRun | null = null;
  #runBytes = 0;
  #full = false;
  lastSentMs = 0;
  /** The transport says that the peer is not there. */
  gone = false;
  /** The peer does not read, and its bound is reached. */
  overrun = false;

  constructor(send: Send, encodeRun: (run: ConfirmRun) => Frames, events: OutboxEvents) {
    this.#send = send;
    this.#encodeRun = encodeRun;
    this.#events = events;
  }

  /** Nothing may be dispatched to the peer: the transport takes nothing for it. */
  get full(): boolean {
    return this.#full;
  }

  /** What is held here for the peer. */
  get bytes(): number {
    return this.#replyBytes + this.#leasedBytes + this.#runBytes;
  }

  /**
   * A delivery: always kept; its bound is the window. `settled`: messages in it that are kept nowhere else. `areOne`: the
   * frames are pieces of one.
   */
  deliver(frames: Frames, settled: number, areOne = false): void {
    this.#push({ frames, areOne, bytes: lengthOf(frames), leased: true, exceptions: 0, settled });
  }

  /** A reply. From a silent peer (one without hello) it is dropped at the bound, and counted; others are overrun. */
  reply(frames: Frames, silent: boolean): void {
    const bytes = lengthOf(frames);
    if (this.#full && this.#replyBytes + bytes > (silent ? SILENT_REPLY_BYTES_MAX : REPLY_BYTES_MAX)) {
      if (silent) this.#events.dropped();
      else this.overrun = true;
      return;
    }
    this.#push({ frames, areOne: false, bytes, leased: false, exceptions: 0, settled: 0 });
  }

  /**
   * Every sequence up to `through` is confirmed, but for the exceptions: joins the run that is growing.
   * `durability` null: all of them are exceptions, so it is the run's own.
   */
  confirm(
    through: number,
    position: number,
    durability: ConfirmDurability | null,
    exceptions: readonly ConfirmException[],
  ): void {
    const known = this.#run?.durability ?? null;
    if (known !== null && durability !== null && known !== durability) this.endRun();
    const run: GrowingRun = this.#run ?? { through: 0, position, durability, exceptions: [] };
    this.#run = run;
    run.durability ??= durability;
    run.position = Math.max(run.position, position);
    for (const exception of exceptions) this.#except(exception);
    // The exceptions may have ended the run that they began in.
    if (this.#run !== null) this.#run.through = Math.max(this.#run.through, through);
  }

  /** A run that holds as many exceptions as one message may carry ends with the last of them. */
  #except(exception: ConfirmException): void {
    const bytes = exceptionBytes(exception);
    const { durability, position } = this.#run as GrowingRun;
    if (this.#run?.exceptions.length === CONFIRM_EXCEPTIONS_MAX || this.#runBytes + bytes > RUN_BYTES_MAX) {
      this.endRun();
      this.#run = { through: 0, position, durability, exceptions: [] };
    }
    const run = this.#run as GrowingRun;
    run.exceptions.push(exception);
    run.through = Math.max(run.through, exception.sequence);
    this.#runBytes += bytes;
    this.#exceptions += 1;
    if (this.#full && this.#exceptions > CONFIRM_EXCEPTIONS_MAX) this.overrun = true;
  }

  /** The end of a turn: the run leaves. While the peer does not read it goes on growing instead. */
  flush(): void {
    if (!this.#full) this.endRun();
  }

  /** What was counted until now is told before what follows. */
  endRun(): void {
    const run = this.#run;
    if (run === null) return;
    this.#run = null;
    this.#runBytes = 0;
    const frames = this.#encodeRun({ ...run, durability: run.durability ?? 'none' });
    const bytes = lengthOf(frames);
    if (this.#full && this.#replyBytes + bytes > REPLY_BYTES_MAX) this.overrun = true;
    if (this.overrun) return;
    this.#push({ frames, areOne: false, bytes, leased: false, exceptions: run.exceptions.length, settled: 0 });
  }

  /** The transport takes messages again. */
  drained(): void {
    this.#full = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#replyBytes = 0;
    this.#leasedBytes = 0;
    this.#exceptions = this.#run?.exceptions.length ?? 0;
    for (const one of waiting) {
      this.#exceptions += one.exceptions;
      this.#push(one);
    }
  }

  /** The peer is forgotten: what waits for it does not leave. */
  abandon(): void {
    this.gone = true;
    this.#lose(this.#waiting);
    this.#waiting = [];
    this.#replyBytes = 0;
    this.#leasedBytes = 0;
  }

  #lose(those: readonly Waiting[]): void {
    const messages = those.reduce((sum, { settled }) => sum + settled, 0);
    if (messages > 0) this.#events.lost(messages);
  }

  #push(one: Waiting): void {
    if (this.gone) return this.#lose([one]);
    const result = this.#full ? 'full' : this.#send(one.frames, one.areOne);
    if (result === 'gone') {
      this.#lose([one]);
      this.abandon();
    } else if (result === 'full') {
      this.#full = true;
      this.#waiting.push(one);
      if (one.leased) this.#leasedBytes += one.bytes;
      else this.#replyBytes += one.bytes;
    } else this.#exceptions -= one.exceptions;
  }
}

const lengthOf = (frames: Frames): number => frames.reduce((sum, frame) => sum + frame.length, 0);

const exceptionBytes = (exception: ConfirmException): number =>
  exception.duplicate ? EXCEPTION_BYTES : EXCEPTION_BYTES + BYTES_PER_UNIT * JSON.stringify(exception.detail).length;
