// Jobs: replays and purges that go on in the background.

import type { Routes } from '../../context.ts';
import { onRecordOf } from '../../record.ts';
import { cancelJobBody, jobListSchema, jobParams, jobSchema } from '../../schemas/job.ts';

const tags = ['jobs'];

export const jobRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/api/v1/jobs',
      {
        config: { access: 'viewer' },
        schema: { operationId: 'listJobs', tags, summary: 'All jobs', response: { 200: jobListSchema } },
      },
      () => admin.read('jobs.list', {}, jobListSchema),
    );
    app.get(
      '/api/v1/jobs/:job',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'showJob',
          tags,
          summary: 'How far a job is',
          params: jobParams,
          response: { 200: jobSchema },
        },
      },
      ({ params }) => admin.read('jobs.show', params, jobSchema),
    );
    app.post(
      '/api/v1/jobs/:job/cancel',
      {
        config: { access: 'redrive' },
        schema: {
          operationId: 'cancelJob',
          tags,
          summary: 'Ends a job where it stands',
          params: jobParams,
          body: cancelJobBody,
          response: { 200: jobSchema },
        },
      },
      (request) => admin.act('jobs.cancel', { ...request.params, ...onRecordOf(request, request.body) }, jobSchema),
    );
  };
