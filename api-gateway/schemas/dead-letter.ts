// Dead letters: the earlier record's fields, the broker's own beside them, and what may be done with them.

import * as z from 'zod';
import { MESSAGE_ID_BYTES_MAX } from '../../pkg/protocol/limits.ts';
import { IDS_MAX, nameText, onRecord, pageOf, pageQuery, tenantId } from './common.ts';
import { bodyBytesQuery } from './queue.ts';

/** In base64; the word that carries it to the broker has a bound of its own. */
const PAYLOAD_CHARACTERS_MAX = 256 * 1024;

/** An address has room for so many. */
const IDS_QUERY_MAX = 50;

export const messageId = z
  .string()
  .min(1)
  .max(MESSAGE_ID_BYTES_MAX)
  .refine((id) => Buffer.byteLength(id) <= MESSAGE_ID_BYTES_MAX, {
    error: () => `must have at most ${MESSAGE_ID_BYTES_MAX} bytes`,
  });

export const deadLetterSchema = z
  .looseObject({
    message_id: z.string().optional(),
    consumer_id: z.string(),
    tenant_id: z.string(),
    topic: z.string().optional(),
    payload: z.string().optional().describe('The body in base64, cut where `truncated` says so.'),
    priority: z.union([z.string(), z.number()]).optional(),
    enqueue_sequence: z.int().optional(),
    attempt: z.int(),
    reason: z.string(),
    dead_lettered_at: z.string(),
    queue: z.string(),
    sequence: z.int(),
    cause: z.string(),
    deliveries: z.int().optional(),
    failed_deliveries: z.int().optional(),
    returned: z.int().optional(),
    history: z.array(z.looseObject({})).optional(),
    history_total: z.int().optional(),
    fingerprint: z.string().optional(),
    body_bytes: z.int().optional(),
    truncated: z.boolean().optional(),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = z.output<typeof deadLetterSchema>;
export const deadLetterPageSchema = pageOf(deadLetterSchema).meta({ id: 'DeadLetterPage' });

export const groupsSchema = z
  .looseObject({
    items: z.array(
      z.looseObject({
        fingerprint: z.string(),
        reason: z.string(),
        count: z.int(),
        topic: z.string().optional(),
        queue: z.string().optional(),
        consumer_id: z.string().optional(),
        oldest_at: z.string().optional(),
        newest_at: z.string().optional(),
        sample_id: z.string().optional(),
      }),
    ),
    total: z.int(),
  })
  .meta({ id: 'DeadLetterGroups' });

const filter = {
  queue: nameText.optional(),
  tenant_id: tenantId,
  consumer: nameText.optional(),
  topic: z.string().min(1).max(255).optional(),
  record_reason: z.string().max(1_024).optional().describe('The reason for which it was dead-lettered.'),
  fingerprint: z.string().min(1).max(128).optional(),
};

const sequenceQuery = z
  .string()
  .regex(/^\d{1,15}$/, { error: () => 'must be a whole number' })
  .transform(Number);

const filterQuery = {
  ...filter,
  ids: z
    .union([messageId.transform((one) => [one]), z.array(messageId).min(1).max(IDS_QUERY_MAX)])
    .optional()
    .describe('Message ids; may be given again.'),
  sequence: sequenceQuery.optional(),
};
export const lettersQuery = z.strictObject({ ...pageQuery, ...filterQuery, body_bytes: bodyBytesQuery });
export const groupsQuery = z.strictObject(filterQuery);
export const letterParams = z.strictObject({ id: messageId });
export const inspectQuery = z.strictObject({
  queue: nameText.optional(),
  tenant_id: tenantId,
  sequence: sequenceQuery.optional(),
  body_bytes: bodyBytesQuery,
});

const selection = {
  ids: z.array(messageId).min(1).max(IDS_MAX).optional(),
  ...filter,
  sequence: z.int().min(0).optional(),
};
const batch = {
  confirm: z.string().max(32).optional(),
  dry_run: z.boolean().optional(),
  rate_per_second: z.int().min(1).max(1_000_000).optional(),
  ...onRecord,
};

export const replayBody = z.strictObject({
  ...selection,
  target_consumer: nameText.optional().describe('Restates the consumer, or the queue, that each letter comes from.'),
  target_topic: z.string().min(1).max(255).optional().describe('Restates the topic of each letter.'),
  to_queue: nameText.optional().describe('Another queue, on purpose.'),
  ...batch,
});

export const purgeLettersBody = z.strictObject({ ...selection, all: z.boolean().optional(), ...batch });

const failures = z.array(
  z.looseObject({ message_id: z.string().optional(), code: z.string().optional(), error: z.string().optional() }),
);
const outcome = {
  requested: z.int(),
  failed: z.int(),
  failures,
  dry_run: z.boolean().optional(),
  job: z.int().nullish(),
};
export const replayedSchema = z.looseObject({ ...outcome, replayed: z.int() }).meta({ id: 'Replayed' });
export const purgedSchema = z.looseObject({ ...outcome, purged: z.int() }).meta({ id: 'Purged' });

export const deadLetterBody = z.strictObject({
  id: messageId,
  topic: z.string().min(1).max(255),
  consumer: nameText.optional(),
  payload: z.base64().max(PAYLOAD_CHARACTERS_MAX).describe('The body in base64.'),
  priority: z.string().max(64).optional(),
  dead_letter_reason: z.string().max(1_024).optional(),
  tenant_id: tenantId,
  session: z.string().max(255).optional().describe('The session of that consumer, where it is known.'),
  ...onRecord,
});
