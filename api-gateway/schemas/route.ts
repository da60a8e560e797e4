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
    when: z.array(z.looseObject({})).optional().describe('Conditions on headers: all must hold.'),
    hops: z.int().optional(),
    schema: z.string().optional(),
    invalid: z.string().optional(),
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

const headerText = z.string().max(255);
const condition = z.strictObject({
  header: headerText.min(1),
  operator: z.enum(['equals', 'not-equals', 'in', 'exists', 'not-exists', 'prefix']).optional(),
  value: headerText.optional(),
  values: z.array(headerText).max(16).optional(),
});

export const matchRouteBody = z.strictObject({
  topic: z.string().min(1).max(255),
  tenant_id: tenantId,
  headers: z.record(headerText, z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  delivery_mode: z.enum(['both', 'direct', 'fanout']).optional(),
  body: z.string().max(1_048_576).optional().describe('As text, where routes judge bodies.'),
  inside: z.boolean().optional().describe('As if it came over the admin endpoint.'),
});

/** What would become of the message; every route that matches, in the order of precedence. */
export const routeMatchSchema = z
  .looseObject({
    topic: z.string(),
    tenant_id: z.string(),
    outcome: z.enum(['accepted', 'refused']),
    code: z.string().nullable(),
    detail: z.string(),
    led_to: z.string().nullable(),
    queues: z.array(z.string()),
    fanout: z.boolean(),
    routes: z.array(z.looseObject({ ...routeSchema.shape, counts: z.boolean(), why: z.string() })),
    routes_total: z.int(),
  })
  .meta({ id: 'RouteMatch' });

export const addRouteBody = z.strictObject({
  pattern,
  destination_id: nameText.optional().describe('The queue; a fanout route has none.'),
  route_type: z.enum(['direct', 'fanout', 'bridge', 'internal', 'system']).optional(),
  priority: z.int().optional(),
  enabled: z.boolean().optional(),
  exclusive: z.boolean().optional(),
  tenant: z.string().max(255).optional(),
  metadata: z.record(z.string().max(255), z.string().max(4_096)).optional(),
  when: z.array(condition).max(8).optional().describe('All must hold, or the route does not count for a message.'),
  schema: nameText.optional().describe('A registered schema that bodies must fit.'),
  invalid: z.enum(['refuse', 'dead-letter']).optional().describe('What becomes of a body that does not fit.'),
  hops: z
    .int()
    .min(1)
    .max(16)
    .optional()
    .describe('Of a bridge route: the most bridges of a message, this one included.'),
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
