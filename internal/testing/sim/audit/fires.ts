// What recurring schedules publish, as the clients see it: each message is for a time of its schedule, came not before it, and is
// the only one for it. In the end what became of each time is counted, and no more times than there were.

import type { State } from '../../../domain/state.ts';
import { periodOf } from '../world/sim-calendar.ts';
import type { Page } from './book.ts';
import { Violation } from './violation.ts';

/** Topics of schedules begin so; the rest is the period in milliseconds. */
export const CRON_TOPIC = 'cron.every.';

export class Fires {
  readonly #byId = new Map<string, Page>();
  readonly #nowMs: () => number;

  /** `nowMs`: as the wall clock of the simulation shows it. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get count(): number {
    return this.#byId.size;
  }

  /** Each message has a page: a second one for the same time is found as one message that was accepted twice. */
  pageOf(topic: string, messageId: string, open: (order: number) => Page): Page {
    const known = this.#byId.get(messageId);
    if (known !== undefined) return known;
    const atMs = Date.parse(messageId.slice(messageId.indexOf('@') + 1));
    const periodMs = Number(topic.slice(CRON_TOPIC.length));
    if (!(atMs % periodMs === 0)) {
      throw new Violation(
        'unexpected',
        `"${messageId}" is for no time of its schedule, which fires every ${periodMs} ms`,
      );
    }
    if (this.#nowMs() < atMs - 2)
      throw new Violation('unexpected', `"${messageId}" came before its time, at ${this.#nowMs()}`);
    const page = open(atMs / periodMs);
    this.#byId.set(messageId, page);
    return page;
  }
}

/** Every time of each schedule is told once: as a message, or as why there is none. */
export function judgeFires(state: State): number {
  let fired = 0;
  for (const cron of state.crons.all.values()) {
    const periodMs = periodOf(cron.plan);
    const times = cron.nextMs / periodMs - 1 - Math.floor(cron.declaredMs / periodMs);
    const told = cron.fired + cron.skipped + cron.missed + cron.refused;
    if (told !== times) {
      const counts = `${cron.fired} fired, ${cron.skipped} skipped, ${cron.missed} missed, ${cron.refused} refused`;
      throw new Violation('lost', `schedule "${cron.name}" had ${times} times, and tells of ${told}: ${counts}`);
    }
    fired += cron.fired;
  }
  return fired;
}
