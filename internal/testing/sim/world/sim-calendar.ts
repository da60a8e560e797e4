// A calendar of the simulation: `@every 250` fires at each multiple of so many milliseconds. Storms are shorter than seconds.

import type { Calendar, CronSpec } from '../../../domain/cron.ts';

export const periodOf = ({ expression }: Pick<CronSpec, 'expression'>): number =>
  Number(/^@every (\d+)$/.exec(expression)?.[1] ?? Number.NaN);

export const simCalendar: Calendar = {
  fault: (spec) => (periodOf(spec) > 0 ? null : 'not of the simulation'),
  nextFire: (spec, afterMs) => {
    const periodMs = periodOf(spec);
    return (Math.floor(afterMs / periodMs) + 1) * periodMs;
  },
};
