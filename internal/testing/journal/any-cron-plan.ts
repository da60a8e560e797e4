// Any plan of a recurring schedule, for property tests.

import fc from 'fast-check';
import { CATCH_UPS, type CronPlan, OVERLAPS } from '../../domain/cron.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });

export const anyCronPlan: fc.Arbitrary<CronPlan> = fc.record({
  expression: text,
  timezone: text,
  topic: text,
  contentType: fc.option(text),
  headers: fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    text,
  ),
  overlap: fc.constantFrom(...OVERLAPS),
  catchUp: fc.constantFrom(...CATCH_UPS),
  catchUpMax: fc.nat(1000),
});
