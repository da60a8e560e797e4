// Partition keys of a queue: what of one key is next, and what holds it up.

import * as z from 'zod';
import { flagQuery, nameText, pageOf, pageQuery, tenantId } from './common.ts';

const keySchema = z
  .looseObject({
    key: z.string().nullable().describe('Null where its message cannot be read.'),
    state: z.string().describe('ready, leased, waiting_retry, parked, paused, scheduled or settling.'),
    depth: z.int(),
    head_sequence: z.int().nullable(),
    failed_deliveries: z.int(),
    retry_at: z.string().nullable(),
  })
  .meta({ id: 'Key' });

export const keyPageSchema = pageOf(keySchema).meta({ id: 'KeyPage' });
export const keyQuery = z.strictObject({
  ...pageQuery,
  tenant_id: tenantId,
  held: flagQuery.optional().describe('Only keys that are parked or paused.'),
});
export const keyParams = z.strictObject({ queue: nameText, key: nameText });
