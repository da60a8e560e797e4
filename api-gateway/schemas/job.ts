// What goes on in the background: replays and purges of very many dead letters.

import * as z from 'zod';
import { onRecord } from './common.ts';

export const jobSchema = z
  .looseObject({
    job: z.int().describe('Its number.'),
    kind: z.string(),
    state: z.string().describe('running, done, cancelled or failed.'),
    total: z.int(),
    done: z.int(),
    failed: z.int(),
    started_at: z.string(),
    ended_at: z.string().nullish(),
    actor: z.string(),
    reason: z.string(),
  })
  .meta({ id: 'Job' });

export const jobListSchema = z.looseObject({ items: z.array(jobSchema) }).meta({ id: 'JobList' });

export const jobParams = z.strictObject({
  job: z
    .string()
    .regex(/^\d{1,15}$/, { error: () => 'must be the number of a job' })
    .transform(Number),
});
export const cancelJobBody = z.strictObject(onRecord);
