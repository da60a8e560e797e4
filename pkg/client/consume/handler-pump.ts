// The handler form of a consumer: runs so many handlers at a time over what the consumer buffers, and settles what they
// leave open. A handler that returns no promise costs none.

import type { LeasedDelivery } from './delivery.ts';
import { LoopShare } from './loop-share.ts';
import type { DeliveryHandler } from './options.ts';

export interface PumpSource {
  /** The next delivery, handed out; undefined when there is none, or no more shall be worked on. */
  take(): LeasedDelivery | undefined;
  /** Called between handlers: what was said so far may leave. */
  breathe(nowMs: number): void;
  failed(delivery: LeasedDelivery, error: unknown): void;
  /** A handler has ended. */
  idle(): void;
}

export class HandlerPump {
  readonly #handler: DeliveryHandler;
  readonly #concurrency: number;
  readonly #source: PumpSource;
  readonly #share = new LoopShare();
  #running = 0;
  #pumping = false;

  constructor(handler: DeliveryHandler, concurrency: number, source: PumpSource) {
    this.#handler = handler;
    this.#concurrency = concurrency;
    this.#source = source;
  }

  get running(): number {
    return this.#running;
  }

  readonly pump = (): void => {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#running < this.#concurrency) {
      // One look at the clock for each message: a handler may have taken any time.
      const nowMs = performance.now();
      if (this.#share.yields(this.pump, nowMs)) break;
      this.#source.breathe(nowMs);
      const delivery = this.#source.take();
      if (delivery === undefined) break;
      this.#run(delivery);
    }
    this.#pumping = false;
  };

  #run(delivery: LeasedDelivery): void {
    this.#running += 1;
    let result: unknown;
    try {
      result = this.#handler(delivery);
    } catch (error) {
      return this.#end(delivery, error, true);
    }
    if (!isThenable(result)) return this.#end(delivery, null, false);
    result.then(
      () => this.#endLater(delivery, null, false),
      (error: unknown) => this.#endLater(delivery, error, true),
    );
  }

  #endLater(delivery: LeasedDelivery, error: unknown, threw: boolean): void {
    this.#end(delivery, error, threw);
    this.pump();
  }

  #end(delivery: LeasedDelivery, error: unknown, threw: boolean): void {
    this.#running -= 1;
    if (threw) {
      this.#source.failed(delivery, error);
      delivery.nack({ reason: error instanceof Error ? error.message : String(error) });
    } else delivery.ack();
    this.#source.idle();
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
