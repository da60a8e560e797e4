// Routes: list, show, add, remove.

import type { Routes } from '../../context.ts';
import { onRecordOf } from '../../record.ts';
import { doneSchema, given } from '../../schemas/common.ts';
import { pagingQuery } from '../../schemas/queue.ts';
import {
  addRouteBody,
  matchRouteBody,
  removeRouteQuery,
  routeMatchSchema,
  routePageSchema,
  routeParams,
  routesShownSchema,
  showRouteQuery,
} from '../../schemas/route.ts';

const tags = ['routes'];

export const routeRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/api/v1/routes',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listRoutes',
          tags,
          summary: 'All routes, page by page',
          querystring: pagingQuery,
          response: { 200: routePageSchema },
        },
      },
      ({ query }) => admin.read('routes.list', given(query), routePageSchema),
    );
    app.get(
      '/api/v1/routes/:pattern',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'showRoutes',
          tags,
          summary: 'The routes of a pattern, the queues that they lead to, and who consumes there',
          params: routeParams,
          querystring: showRouteQuery,
          response: { 200: routesShownSchema },
        },
      },
      ({ params, query }) => admin.read('routes.show', { ...params, ...given(query) }, routesShownSchema),
    );
    app.post(
      '/api/v1/routes/match',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'matchRoutes',
          tags,
          summary: 'What would become of a message, and why each matching route counts or not; nothing is published',
          body: matchRouteBody,
          response: { 200: routeMatchSchema },
        },
      },
      ({ body }) => admin.read('routes.match', given(body), routeMatchSchema),
    );
    app.post(
      '/api/v1/routes',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'addRoute',
          tags,
          summary: 'Adds a route, or changes the one of the same pattern and destination',
          body: addRouteBody,
          response: { 200: doneSchema },
        },
      },
      (request) => {
        const args = { ...given(request.body), ...onRecordOf(request, request.body) };
        return admin.act('routes.add', args, doneSchema);
      },
    );
    app.delete(
      '/api/v1/routes',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'removeRoute',
          tags,
          summary: 'Removes the routes of a pattern, or the one to a destination',
          querystring: removeRouteQuery,
          response: { 200: doneSchema },
        },
      },
      (request) => {
        const args = { ...given(request.query), ...onRecordOf(request, request.query) };
        return admin.act('routes.remove', args, doneSchema);
      },
    );
  };
