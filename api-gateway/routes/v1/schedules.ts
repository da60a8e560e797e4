// Messages that wait for their time: list, look, cancel, move.

import type { Routes } from '../../context.ts';
import { onRecordOf } from '../../record.ts';
import { given } from '../../schemas/common.ts';
import { messagePageSchema, messageSchema } from '../../schemas/queue.ts';
import {
  cancelledSchema,
  cancelScheduledBody,
  movedSchema,
  moveScheduledBody,
  scheduledLookQuery,
  scheduledParams,
  scheduledQuery,
} from '../../schemas/schedule.ts';

const tags = ['schedules'];

export const scheduleRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/api/v1/schedules',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listScheduled',
          tags,
          summary: 'Messages that wait for their time, the next one first',
          querystring: scheduledQuery,
          response: { 200: messagePageSchema },
        },
      },
      ({ query }) => admin.read('schedules.list', given(query), messagePageSchema),
    );
    app.get(
      '/api/v1/schedules/:queue/:sequence',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'showScheduled',
          tags,
          summary: 'One scheduled message',
          params: scheduledParams,
          querystring: scheduledLookQuery,
          response: { 200: messageSchema },
        },
      },
      ({ params, query }) => admin.read('schedules.show', { ...params, ...given(query) }, messageSchema),
    );
    app.post(
      '/api/v1/schedules/cancel',
      {
        config: { access: 'admin' },
        schema: {
          operationId: 'cancelScheduled',
          tags,
          summary: 'Takes scheduled messages out for good; confirm with CANCEL',
          body: cancelScheduledBody,
          response: { 200: cancelledSchema },
        },
      },
      (request) => {
        const args = { ...given(request.body), ...onRecordOf(request, request.body) };
        return admin.act('schedules.cancel', args, cancelledSchema);
      },
    );
    app.post(
      '/api/v1/schedules/:queue/:sequence/move',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'moveScheduled',
          tags,
          summary: 'Gives a scheduled message another time',
          params: scheduledParams,
          body: moveScheduledBody,
          response: { 200: movedSchema },
        },
      },
      (request) => {
        const { params, body } = request;
        return admin.act('schedules.move', { ...given(body), ...params, ...onRecordOf(request, body) }, movedSchema);
      },
    );
  };
