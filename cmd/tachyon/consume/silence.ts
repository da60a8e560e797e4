// Tells on standard error why nothing comes, when nothing came for a while; and again only when the reason is another.

import type { JsonObject } from '../../../pkg/protocol/json.ts';
import { tell } from '../output/print.ts';
import type { QueueWatch } from './queue-watch.ts';
import { waitingTexts } from './waiting-text.ts';

const FIRST_MS = 2_000;
const LATEST_MS = 60_000;

export class Silence {
  readonly #watch: QueueWatch;
  readonly #queues: readonly string[];
  #timer: NodeJS.Timeout | undefined;
  #delayMs = FIRST_MS;
  #reasons = '';
  /** Counts up with each message: what was asked before one came is told no more. */
  #turn = 0;

  constructor(watch: QueueWatch, queues: readonly string[]) {
    this.#watch = watch;
    this.#queues = queues;
  }

  /** From now on a message is waited for. */
  begin(): void {
    this.#delayMs = FIRST_MS;
    this.#arm();
  }

  /** One has come, or none is waited for any more. */
  end(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = setTimeout(() => void this.#look(), this.#delayMs);
    this.#delayMs = Math.min(2 * this.#delayMs, LATEST_MS);
  }

  async #look(): Promise<void> {
    const turn = this.#turn;
    const whys = await this.#watch.why(this.#queues);
    if (turn !== this.#turn) return;
    const reasons = reasonsOf(whys);
    if (reasons !== this.#reasons) for (const text of waitingTexts(whys)) tell(text);
    this.#reasons = reasons;
    this.#arm();
  }
}

const reasonsOf = (whys: readonly JsonObject[]): string =>
  JSON.stringify(whys.map(({ queue, reason }) => [queue, reason]));
