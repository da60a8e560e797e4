// The times of cron expressions, by croner. What the broker takes of it: five fields, or six with seconds first; a day of month and a
// day of week that are both given mean either; a time that a clock skips (summer time begins) fires at the first moment behind
// the gap, a time that it shows twice (summer time ends) fires the first time, and what fires every so often goes on through both.

import { Cron } from 'croner';
import type { Calendar, CronSpec } from '../domain/cron.ts';

/** Expressions that were read and are kept; each is some kilobytes. */
const KEPT_MAX = 1_024;
const FIELDS = /^(?:@(?:yearly|annually|monthly|weekly|daily|hourly)|\S+(?: +\S+){4,5})$/;

export function cronCalendar(): Calendar {
  const kept = new Map<string, Cron>();
  const read = ({ expression, timezone }: CronSpec): Cron => {
    const key = `${timezone}\n${expression}`;
    let cron = kept.get(key);
    if (cron === undefined) {
      cron = new Cron(expression, { timezone, paused: true });
      const [oldest] = kept.keys();
      if (kept.size >= KEPT_MAX && oldest !== undefined) kept.delete(oldest);
      kept.set(key, cron);
    }
    return cron;
  };
  return {
    fault: ({ expression, timezone }) => {
      if (!FIELDS.test(expression.trim())) return `"${expression}" has not five or six fields`;
      if (!isZone(timezone)) return `"${timezone}" is no time zone such as Europe/Berlin or UTC`;
      try {
        read({ expression, timezone }).nextRun(new Date(0));
        return null;
      } catch (error) {
        return error instanceof Error ? error.message.slice(0, 256) : 'it cannot be read';
      }
    },
    nextFire: (spec, afterMs) => {
      try {
        return read(spec).nextRun(new Date(afterMs))?.getTime() ?? null;
      } catch {
        // It was read when it was declared: the zone is not known any more, as this system has other data.
        return null;
      }
    },
  };
}

function isZone(timezone: string): boolean {
  if (timezone === '' || timezone.length > 64) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
