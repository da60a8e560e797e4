// Queues: list, show, browse, and why they stand; declare and bind; purge and delete.

import * as z from 'zod';
import type { Routes } from '../../context.ts';
import { onRecordOf } from '../../record.ts';
import { doneSchema, flagQuery, given, onRecord, tenantId } from '../../schemas/common.ts';
import {
  bindBody,
  browseQuery,
  declareBody,
  messagePageSchema,
  pagingQuery,
  purgeQueueBody,
  queueDetailSchema,
  queuePageSchema,
  queueParams,
  tenantQuery,
  whySchema,
} from '../../schemas/queue.ts';

const tags = ['queues'];
const deleteQuery = z.strictObject({ tenant_id: tenantId, force: flagQuery.optional(), ...onRecord });

export const queueRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/api/v1/queues',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listQueues',
          tags,
          summary: 'All queues, page by page',
          querystring: pagingQuery,
          response: { 200: queuePageSchema },
        },
      },
      ({ query }) => admin.read('queues.list', given(query), queuePageSchema),
    );
    app.get(
      '/api/v1/queues/:queue',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'showQueue',
          tags,
          summary: 'One queue with its policy, routes and consumers',
          params: queueParams,
          querystring: tenantQuery,
          response: { 200: queueDetailSchema },
        },
      },
      ({ params, query }) => admin.read('queues.show', { ...params, ...given(query) }, queueDetailSchema),
    );
    app.get(
      '/api/v1/queues/:queue/messages',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'browseQueue',
          tags,
          summary: 'The messages of a queue in order; nothing is consumed',
          params: queueParams,
          querystring: browseQuery,
          response: { 200: messagePageSchema },
        },
      },
      ({ params, query }) => admin.read('queues.browse', { ...params, ...given(query) }, messagePageSchema),
    );
    app.get(
      '/api/v1/queues/:queue/why',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'whyQueue',
          tags,
          summary: 'Why a queue does not move, or that it does',
          params: queueParams,
          querystring: tenantQuery,
          response: { 200: whySchema },
        },
      },
      ({ params, query }) => admin.read('queues.why', { ...params, ...given(query) }, whySchema),
    );
    app.put(
      '/api/v1/queues/:queue',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'declareQueue',
          tags,
          summary: 'Declares a queue, or says that it is there with this policy',
          params: queueParams,
          body: declareBody,
          response: { 200: doneSchema },
        },
      },
      (request) => {
        const { params, body } = request;
        const args = { ...given(body), ...params, ...onRecordOf(request, body) };
        return admin.act('queues.declare', args, doneSchema);
      },
    );
    app.post(
      '/api/v1/queues/:queue/bindings',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'bindQueue',
          tags,
          summary: 'Binds topics to a queue',
          params: queueParams,
          body: bindBody,
          response: { 200: doneSchema },
        },
      },
      (request) => {
        const { params, body } = request;
        const args = { ...given(body), ...params, ...onRecordOf(request, body) };
        return admin.act('queues.bind', args, doneSchema);
      },
    );
    app.post(
      '/api/v1/queues/:queue/purge',
      {
        config: { access: 'admin' },
        schema: {
          operationId: 'purgeQueue',
          tags,
          summary: 'Removes the messages that wait; confirm with PURGE',
          params: queueParams,
          body: purgeQueueBody,
          response: { 200: doneSchema },
        },
      },
      (request) => {
        const { params, body } = request;
        const args = { ...given(body), ...params, ...onRecordOf(request, body) };
        return admin.act('queues.purge', args, doneSchema);
      },
    );
    app.delete(
      '/api/v1/queues/:queue',
      {
        config: { access: 'admin' },
        schema: {
          operationId: 'deleteQueue',
          tags,
          summary: 'Deletes a queue; with force also what it holds',
          params: queueParams,
          querystring: deleteQuery,
          response: { 200: doneSchema },
        },
      },
      (request) => {
        const { params, query } = request;
        const args = { ...given(query), ...params, ...onRecordOf(request, query) };
        return admin.act('queues.delete', args, doneSchema);
      },
    );
  };
