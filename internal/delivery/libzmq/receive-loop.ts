// Takes messages from one socket and cuts the stream into poll phases: what had arrived when the first message was seen,
// at most so many bytes and so long. After a phase that met its bound the event loop gets its turn.
// Invariant: one receive is open at a time; every message taken is told before the `phaseEnd` that closes its phase.
//
// A receive that finds a message resolves at once, so its continuation is queued before the probe that is queued after
// it. When the last probe runs and no continuation came before it, nothing more had arrived. That costs no extra call
// into the binding.

const PHASE_BYTES_MAX = 1024 * 1024;
const PHASE_MS_MAX = 5;
/** The clock is read once in so many messages. */
const CLOCK_EVERY = 16;

export interface ReceivingSocket {
  receive(): Promise<Uint8Array[]>;
}

export interface ReceiveHandlers {
  message(frames: Uint8Array[]): void;
  phaseEnd(): void;
}

export class ReceiveLoop {
  readonly #socket: ReceivingSocket;
  readonly #handlers: ReceiveHandlers;
  readonly #nowMs: () => number;
  #stopped = false;
  #probes = 0;
  #count = 0;
  #bytes = 0;
  #startMs = 0;

  constructor(socket: ReceivingSocket, handlers: ReceiveHandlers, nowMs = (): number => performance.now()) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#nowMs = nowMs;
  }

  start(): void {
    this.#receive();
  }

  /** Nothing is told after this; close the socket to end the open receive. */
  stop(): void {
    this.#stopped = true;
  }

  readonly #receive = (): void => {
    if (this.#stopped) return;
    this.#socket.receive().then(this.#onMessage, this.#onError);
  };

  readonly #onMessage = (frames: Uint8Array[]): void => {
    if (this.#stopped) return;
    if (this.#count === 0) this.#startMs = this.#nowMs();
    this.#count += 1;
    for (const frame of frames) this.#bytes += frame.byteLength;
    this.#handlers.message(frames);
    if (this.#atBound()) {
      this.#endPhase();
      setImmediate(this.#receive);
      return;
    }
    this.#receive();
    this.#probes += 1;
    queueMicrotask(this.#probe);
  };

  #atBound(): boolean {
    if (this.#bytes >= PHASE_BYTES_MAX) return true;
    return this.#count % CLOCK_EVERY === 0 && this.#nowMs() - this.#startMs >= PHASE_MS_MAX;
  }

  readonly #probe = (): void => {
    this.#probes -= 1;
    if (this.#probes === 0) this.#endPhase();
  };

  #endPhase(): void {
    if (this.#count === 0 || this.#stopped) return;
    this.#count = 0;
    this.#bytes = 0;
    this.#handlers.phaseEnd();
  }

  readonly #onError = (error: unknown): void => {
    // Closing the socket rejects the open receive. Anything else leaves the broker deaf: it must not go on.
    if (!this.#stopped) throw error;
  };
}
