// Recurring schedules: declare, look, pause, resume, run, remove.

import type { Routes } from '../../context.ts';
import { onRecordOf } from '../../record.ts';
import { doneSchema, given } from '../../schemas/common.ts';
import { pagingQuery } from '../../schemas/queue.ts';
import {
  cronDetailSchema,
  cronPageSchema,
  cronParams,
  cronQuery,
  declareCronBody,
  declaredCronSchema,
  removeCronQuery,
  steerCronBody,
} from '../../schemas/schedule.ts';

const tags = ['schedules'];
const WORDS = {
  pause: 'Does not fire from now on, also after a restart; nothing is missed meanwhile',
  resume: 'Fires again, at its next time',
  run: 'Publishes its message now, beside its times',
} as const;

export const cronRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/api/v1/cron',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listCron',
          tags,
          summary: 'All recurring schedules, page by page',
          querystring: pagingQuery,
          response: { 200: cronPageSchema },
        },
      },
      ({ query }) => admin.read('cron.list', given(query), cronPageSchema),
    );
    app.get(
      '/api/v1/cron/:name',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'showCron',
          tags,
          summary: 'One recurring schedule, with its next times and its body',
          params: cronParams,
          querystring: cronQuery,
          response: { 200: cronDetailSchema },
        },
      },
      ({ params, query }) => admin.read('cron.show', { ...params, ...given(query) }, cronDetailSchema),
    );
    app.put(
      '/api/v1/cron/:name',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'declareCron',
          tags,
          summary: 'Declares a recurring schedule, or says that it is there with this plan',
          params: cronParams,
          body: declareCronBody,
          response: { 200: declaredCronSchema },
        },
      },
      (request) => {
        const { params, body } = request;
        return admin.act(
          'cron.declare',
          { ...given(body), ...params, ...onRecordOf(request, body) },
          declaredCronSchema,
        );
      },
    );
    for (const [word, summary] of Object.entries(WORDS)) {
      app.post(
        `/api/v1/cron/:name/${word}`,
        {
          config: { access: 'operator' },
          schema: {
            operationId: `${word}Cron`,
            tags,
            summary,
            params: cronParams,
            body: steerCronBody,
            response: { 200: doneSchema },
          },
        },
        (request) => {
          const { params, body } = request;
          return admin.act(`cron.${word}`, { ...given(body), ...params, ...onRecordOf(request, body) }, doneSchema);
        },
      );
    }
    app.delete(
      '/api/v1/cron/:name',
      {
        config: { access: 'admin' },
        schema: {
          operationId: 'removeCron',
          tags,
          summary: 'Removes a recurring schedule; what it has published stays',
          params: cronParams,
          querystring: removeCronQuery,
          response: { 200: doneSchema },
        },
      },
      (request) => {
        const { params, query } = request;
        return admin.act('cron.remove', { ...given(query), ...params, ...onRecordOf(request, query) }, doneSchema);
      },
    );
  };
