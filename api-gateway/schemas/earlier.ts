// The shapes of the earlier gateway. Requests are read as it read them: fields that it did not know were ignored, and a
// reason is `requested_reason`, since `reason` filters.

import * as z from 'zod';
import { ACTOR_CHARACTERS_MAX } from '../auth/principal.ts';
import { auditEventSchema } from './audit.ts';
import { IDS_MAX, nameText, pageQuery, wholeQuery } from './common.ts';
import { deadLetterSchema, messageId } from './dead-letter.ts';

const topic = z.string().min(1).max(255);
const actor = z.string().max(ACTOR_CHARACTERS_MAX).optional();
const requestedReason = z.string().max(1_024).default('');
const confirm = z.string().max(32).default('');
const TRANSITIONS_MAX = 100;

const recordFilter = {
  consumer_id: nameText.optional(),
  topic: topic.optional(),
  reason: z.string().max(1_024).optional(),
};

export const recordsQuery = z.object({ ...recordFilter, ...pageQuery });
export const recordParams = z.object({ message_id: messageId });

export const recordSchema = z
  .looseObject({ ...deadLetterSchema.shape, payload_b64: z.string().optional() })
  .meta({ id: 'EarlierRecord' });
export type EarlierRecord = z.output<typeof recordSchema>;

export const recordsSchema = z
  .object({
    count: z.int(),
    records: z.array(recordSchema),
    next: z.string().nullable().describe('There are more: give it back as `after`. The earlier gateway had no pages.'),
  })
  .meta({ id: 'EarlierRecords' });

export const replayRequest = z.object({
  message_ids: z.array(messageId).min(1).max(IDS_MAX),
  target_consumer_id: nameText,
  target_topic: topic,
  confirm,
  actor,
  requested_reason: requestedReason,
});

export const purgeRequest = z.object({
  message_ids: z.array(messageId).max(IDS_MAX).optional(),
  ...recordFilter,
  all: z.boolean().optional().describe('Everything, on purpose: without it a purge needs ids or a filter.'),
  confirm,
  actor,
  requested_reason: requestedReason,
});

export const deadLetterRequest = z.object({
  message_id: messageId,
  topic,
  consumer_id: nameText.optional(),
  session_id: z.string().max(255).optional().describe('Read and not used: the broker names sessions.'),
  payload: z.array(z.int().min(0).max(255)).max(180_000).default([]).describe('The body, a number a byte.'),
  priority: z.string().max(64).optional(),
  enqueue_sequence: z.int().optional().describe('Read and not used: the broker numbers messages.'),
  attempt: z.int().optional().describe('Read and not used: the broker counts attempts.'),
  reason: z.string().max(1_024).optional(),
  actor,
  requested_reason: requestedReason,
});

/** Times were compared as texts; these are times. */
export const eventsQuery = z.object({
  message_id: messageId.optional(),
  actor: nameText.optional(),
  start: z.iso.datetime({ offset: true }).optional(),
  end: z.iso.datetime({ offset: true }).optional(),
  ...pageQuery,
});
export const eventsSchema = z
  .object({ count: z.int(), events: z.array(auditEventSchema), next: z.string().nullable() })
  .meta({ id: 'EarlierEvents' });

export const transitionsQuery = z.object({ limit: wholeQuery(1, TRANSITIONS_MAX).optional() });

const failure = z.looseObject({});
export const earlierReplayed = z
  .looseObject({ requested: z.int(), replayed: z.int(), failed: z.int(), failures: z.array(failure) })
  .meta({ id: 'EarlierReplayed' });
export const earlierPurged = z
  .looseObject({ requested: z.int(), purged: z.int(), failed: z.int(), failures: z.array(failure) })
  .meta({ id: 'EarlierPurged' });
