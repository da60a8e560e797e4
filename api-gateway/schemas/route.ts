// Routes: which topics go to which queue.

import * as z from 'zod';
import { nameText, onRecord, pageOf, pattern, tenantId } from './common.ts';

export const routeSchema = z
  .looseObject({
    pattern: z.string(),
    destination_id: z.string().describe('The queue.'),
    route_type: z.string(),
    priority: z.int(),
    enabled: z.boolean(),
    exclusive: z.boolean().optional(),
    tenant: z.string(),
    origin: z.string().optional(),
    metadata: z.looseObject({}).optional(),
  })
  .meta({ id: 'Route' });
export type Route = z.output<typeof routeSchema>;
export const routePageSchema = pageOf(routeSchema).meta({ id: 'RoutePage' });

/** All routes of a pattern, each with the queue that it leads to and who consumes there. */
export const routesShownSchema = z
  .looseObject({
    pattern: z.string(),
    tenant_id: z.string(),
    items: z.array(
      z.looseObject({
        ...routeSchema.shape,
        queue: z.looseObject({}).nullable(),
        sessions: z.array(z.looseObject({})),
        sessions_total: z.int(),
      }),
    ),
    total: z.int(),
  })
  .meta({ id: 'RoutesShown' });
export const routeParams = z.strictObject({ pattern });
export const showRouteQuery = z.strictObject({ tenant_id: tenantId, destination_id: nameText.optional() });

export const addRouteBody = z.strictObject({
  pattern,
  destination_id: nameText.optional().describe('The queue; a fanout route has none.'),
  route_type: z.enum(['direct', 'fanout', 'bridge', 'internal', 'system']).optional(),
  priority: z.int().optional(),
  enabled: z.boolean().optional(),
  exclusive: z.boolean().optional(),
  tenant: z.string().max(255).optional(),
  metadata: z.record(z.string().max(255), z.string().max(4_096)).optional(),
  ...onRecord,
});

export const removeRouteQuery = z.strictObject({
  pattern,
  destination_id: z
    .string()
    .max(255)
    .optional()
    .describe('The queue; empty, the one of fanout; left out, all of the pattern.'),
  tenant: z.string().max(255).optional(),
  ...onRecord,
});
