// Fields that many requests share. Requests are strict: a field that nobody reads is a mistake that should be told.

import * as z from 'zod';
import { ACTOR_CHARACTERS_MAX } from '../auth/principal.ts';

const NAME_CHARACTERS_MAX = 255;
const CURSOR_CHARACTERS_MAX = 128;
const REASON_CHARACTERS_MAX = 1_024;
export const IDS_MAX = 1_000;

export const nameText = z.string().min(1).max(NAME_CHARACTERS_MAX);
export const tenantId = z
  .string()
  .max(NAME_CHARACTERS_MAX)
  .optional()
  .describe('The tenant; left out, the default one.');
export const pattern = z.string().min(1).max(NAME_CHARACTERS_MAX);
export const timeText = z.iso.datetime({ offset: true });

const actor = z
  .string()
  .max(ACTOR_CHARACTERS_MAX)
  .optional()
  .describe('Who asks, for the record. A named token is added to it: "name (via token)".');
const reason = z.string().max(REASON_CHARACTERS_MAX).optional().describe('Why, for the record.');
export const onRecord = { actor, reason };

/** A whole number as a query spells it. */
export const wholeQuery = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: () => `must be a whole number from ${min} to ${max}` })
    .transform(Number)
    .refine((n) => n >= min && n <= max, { error: () => `must be a whole number from ${min} to ${max}` })
    .meta({ description: `A whole number from ${min} to ${max}.` });

export const flagQuery = z.enum(['true', 'false']).transform((word) => word === 'true');

export const pageQuery = {
  after: z.string().min(1).max(CURSOR_CHARACTERS_MAX).optional().describe('The `next` of the page before.'),
  limit: wholeQuery(1, 500).optional(),
};

/** A page of a list. Items that come or go meanwhile may be in it or not; none is told twice. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.looseObject({
    items: z.array(item),
    next: z.string().nullable().describe('Give it back as `after` to go on; null at the end.'),
  });

/** The answer of an action that has nothing more to say than the broker says. */
export const doneSchema = z.looseObject({});

export type Given<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** Without the fields that were not given, so that the broker's own defaults hold. */
export function given<T extends object>(fields: T): Partial<Given<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Given<T>>;
}
