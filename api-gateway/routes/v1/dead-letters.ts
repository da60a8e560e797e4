// Dead letters: look at them, send them back, take them away, make one by hand. What a word means and what it must be
// confirmed with is the broker's to judge, for every client alike.

import type { Routes } from '../../context.ts';
import { onRecordOf } from '../../record.ts';
import { given } from '../../schemas/common.ts';
import {
  deadLetterBody,
  deadLetterPageSchema,
  deadLetterSchema,
  groupsQuery,
  groupsSchema,
  inspectQuery,
  letterParams,
  lettersQuery,
  purgedSchema,
  purgeLettersBody,
  replayBody,
  replayedSchema,
} from '../../schemas/dead-letter.ts';

const tags = ['dead letters'];

export const deadLetterRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/api/v1/dlq/records',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listDeadLetters',
          tags,
          summary: 'Dead letters, page by page',
          querystring: lettersQuery,
          response: { 200: deadLetterPageSchema },
        },
      },
      ({ query }) => admin.read('dlq.list', given(query), deadLetterPageSchema),
    );
    app.get(
      '/api/v1/dlq/records/:id',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'inspectDeadLetter',
          tags,
          summary: 'One dead letter with its history',
          params: letterParams,
          querystring: inspectQuery,
          response: { 200: deadLetterSchema },
        },
      },
      ({ params, query }) => admin.read('dlq.inspect', { ...params, ...given(query) }, deadLetterSchema),
    );
    app.get(
      '/api/v1/dlq/groups',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'groupDeadLetters',
          tags,
          summary: 'Dead letters that died of the same, counted',
          querystring: groupsQuery,
          response: { 200: groupsSchema },
        },
      },
      ({ query }) => admin.read('dlq.groups', given(query), groupsSchema),
    );
    app.post(
      '/api/v1/dlq/replay',
      {
        config: { access: 'redrive' },
        schema: {
          operationId: 'replayDeadLetters',
          tags,
          summary: 'Sends dead letters back to their queue; confirm with REPLAY',
          body: replayBody,
          response: { 200: replayedSchema },
        },
      },
      (request) => {
        const args = { ...given(request.body), ...onRecordOf(request, request.body) };
        return admin.act('dlq.replay', args, replayedSchema);
      },
    );
    app.post(
      '/api/v1/dlq/purge',
      {
        config: { access: 'admin' },
        schema: {
          operationId: 'purgeDeadLetters',
          tags,
          summary: 'Takes dead letters away for ever; confirm with PURGE',
          body: purgeLettersBody,
          response: { 200: purgedSchema },
        },
      },
      (request) => {
        const args = { ...given(request.body), ...onRecordOf(request, request.body) };
        return admin.act('dlq.purge', args, purgedSchema);
      },
    );
    app.post(
      '/api/v1/dlq/dead-letter',
      {
        config: { access: 'redrive' },
        schema: {
          operationId: 'deadLetterByHand',
          tags,
          summary: 'Makes a dead letter by hand',
          body: deadLetterBody,
          response: { 200: deadLetterSchema },
        },
      },
      (request) => {
        const args = { ...given(request.body), ...onRecordOf(request, request.body) };
        return admin.act('dlq.dead_letter', args, deadLetterSchema);
      },
    );
  };
