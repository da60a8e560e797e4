// The dead-letter endpoints of the earlier gateway, now over the live broker: `/api/admin/dlq/*`, and the two actions of
// the operator page, which are the same.

import { collect } from '../../broker/pages.ts';
import { LIST_MAX } from '../../broker/snapshots.ts';
import { recordOf } from '../../broker/views.ts';
import type { Routes } from '../../context.ts';
import { onRecordOf } from '../../record.ts';
import { given } from '../../schemas/common.ts';
import { deadLetterPageSchema, deadLetterSchema, purgedSchema, replayedSchema } from '../../schemas/dead-letter.ts';
import {
  deadLetterRequest,
  earlierPurged,
  earlierReplayed,
  purgeRequest,
  recordParams,
  recordSchema,
  recordsQuery,
  recordsSchema,
  replayRequest,
} from '../../schemas/earlier.ts';

const tags = ['earlier paths'];
/** Records with whole small bodies, as the earlier answer had them; larger ones say that they were cut. */
const BODY_BYTES = 16_384;

const LISTS = [
  { url: '/api/admin/dlq/records', operationId: 'earlierListRecords' },
  { url: '/api/broker-admin/dead-letters', operationId: 'earlierListDeadLetters' },
];
const REPLAYS = [
  { url: '/api/admin/dlq/replay', operationId: 'earlierReplay' },
  { url: '/api/broker-admin/actions/replay', operationId: 'earlierReplayAction' },
];
const PURGES = [
  { url: '/api/admin/dlq/purge', operationId: 'earlierPurge' },
  { url: '/api/broker-admin/actions/purge', operationId: 'earlierPurgeAction' },
];

export const earlierDeadLetterRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    for (const { url, operationId } of LISTS) {
      app.get(
        url,
        {
          config: { access: 'viewer' },
          schema: {
            operationId,
            tags,
            summary: `Dead letters; at most ${LIST_MAX} at a time`,
            querystring: recordsQuery,
            response: { 200: recordsSchema },
          },
        },
        async ({ query }) => {
          const { consumer_id, topic, reason, after, limit = LIST_MAX } = query;
          const args = given({ consumer: consumer_id, topic, record_reason: reason, after, body_bytes: BODY_BYTES });
          const { items, next } = await collect(admin, 'dlq.list', args, deadLetterPageSchema, limit);
          return { count: items.length, records: items.map(recordOf), next };
        },
      );
    }
    app.get(
      '/api/admin/dlq/records/:message_id',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'earlierInspect',
          tags,
          summary: 'One dead letter',
          params: recordParams,
          response: { 200: recordSchema },
        },
      },
      async ({ params }) => recordOf(await admin.read('dlq.inspect', { id: params.message_id }, deadLetterSchema)),
    );
    for (const { url, operationId } of REPLAYS) {
      app.post(
        url,
        {
          config: { access: 'redrive' },
          schema: {
            operationId,
            tags,
            summary: 'Sends dead letters back; confirm with REPLAY',
            body: replayRequest,
            response: { 200: earlierReplayed },
          },
        },
        (request) => {
          const { message_ids, target_consumer_id, target_topic, confirm, actor, requested_reason } = request.body;
          const args = {
            ids: message_ids,
            target_consumer: target_consumer_id,
            target_topic,
            confirm,
            ...onRecordOf(request, { actor, reason: requested_reason }),
          };
          return admin.act('dlq.replay', args, replayedSchema);
        },
      );
    }
    for (const { url, operationId } of PURGES) {
      app.post(
        url,
        {
          config: { access: 'admin' },
          schema: {
            operationId,
            tags,
            summary: 'Takes dead letters away for ever; confirm with PURGE',
            body: purgeRequest,
            response: { 200: earlierPurged },
          },
        },
        (request) => {
          const { message_ids, consumer_id, topic, reason, all, confirm, actor, requested_reason } = request.body;
          const ids = message_ids === undefined || message_ids.length === 0 ? undefined : message_ids;
          const selection = given({ ids, consumer: consumer_id, topic, record_reason: reason, all });
          const record = onRecordOf(request, { actor, reason: requested_reason });
          return admin.act('dlq.purge', { ...selection, confirm, ...record }, purgedSchema);
        },
      );
    }
    app.post(
      '/api/admin/dlq/dead-letter',
      {
        config: { access: 'redrive' },
        schema: {
          operationId: 'earlierDeadLetter',
          tags,
          summary: 'Makes a dead letter by hand',
          body: deadLetterRequest,
          response: { 200: recordSchema },
        },
      },
      async (request) => {
        const { message_id, topic, consumer_id, payload, priority, reason, actor, requested_reason } = request.body;
        const args = {
          id: message_id,
          topic,
          payload: Buffer.from(payload).toString('base64'),
          ...given({ consumer: consumer_id, priority, dead_letter_reason: reason }),
          ...onRecordOf(request, { actor, reason: requested_reason }),
        };
        return recordOf(await admin.act('dlq.dead_letter', args, deadLetterSchema));
      },
    );
  };
