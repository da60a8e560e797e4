// Watching fanout as server-sent events.

import * as z from 'zod';
import { pattern, wholeQuery } from './common.ts';

const PATTERNS_MAX = 20;

/** A query that says a name once gives a text, one that says it more often a list. */
export const watchQuery = z.strictObject({
  pattern: z
    .union([pattern.transform((one) => [one]), z.array(pattern).min(1).max(PATTERNS_MAX)])
    .default(() => ['>'])
    .describe('Topics to watch; may be given again.'),
  body_bytes: wholeQuery(0, 1_048_576).optional().describe('How much of each body; 65,536 when left out.'),
});

/** The data of an event named `message`. */
export const watchedSchema = z
  .object({
    topic: z.string(),
    message_id: z.string(),
    attributes: z.looseObject({}),
    body_bytes: z.int(),
    truncated: z.boolean(),
    payload: z.string().describe('The body in base64.'),
  })
  .meta({ id: 'Watched' });
export type Watched = z.output<typeof watchedSchema>;
