// Events about routes of another kind than the first broker's, and about what routes name. Kind numbers are never used again.

import type { RouteShaped, RouteTraits } from '../../../domain/event.ts';
import type { Sequence } from '../../../domain/ids.ts';
import type { AcceptedNotes, CopyDropped, CopyOwed } from '../../../domain/letter-copy.ts';
import { ROUTE_KINDS } from '../../../domain/queue-event.ts';
import { CONDITION_OPERATORS } from '../../../domain/route-condition.ts';
import type { SchemaAdded, SchemaRemoved } from '../../../domain/schema.ts';
import { actor, isMetadata, isObject, isTexts, operator, origin } from './event-codecs-rare.ts';
import { count, json, numbers, oneOf, real, record, text, truth } from './event-fields.ts';

const isCondition = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['header'] === 'string' &&
  CONDITION_OPERATORS.some((operator) => operator === value['operator']) &&
  isTexts(value['values']);

const isSchema = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['name'] === 'string' &&
  (value['invalid'] === 'refuse' || value['invalid'] === 'dead-letter');

const isTraits = (value: unknown): value is RouteTraits =>
  isObject(value) &&
  (value['when'] === undefined || (Array.isArray(value['when']) && value['when'].every(isCondition))) &&
  (value['hops'] === undefined || typeof value['hops'] === 'number') &&
  (value['schema'] === undefined || isSchema(value['schema']));

export const routeShaped = record<RouteShaped>(58, 'route-shaped', {
  route: count(),
  tenant: text,
  pattern: text,
  kind: oneOf(...ROUTE_KINDS),
  queue: count(),
  priority: real,
  enabled: truth,
  exclusive: truth,
  metadata: json(isMetadata),
  origin,
  operator,
  traits: json(isTraits),
});

const isLetter = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['index'] === 'number' &&
  typeof value['queue'] === 'number' &&
  typeof value['reason'] === 'string' &&
  typeof value['copyOwed'] === 'boolean';

const isOriginal = (value: unknown): boolean =>
  isObject(value) && typeof value['queue'] === 'number' && typeof value['sequence'] === 'number';

const isNotes = (value: unknown): value is AcceptedNotes =>
  isObject(value) &&
  (value['letters'] === undefined || (Array.isArray(value['letters']) && value['letters'].every(isLetter))) &&
  (value['copyOf'] === undefined || isOriginal(value['copyOf']));

/** Of `accepted`. */
export const notesField = json(isNotes);

export const copyOwed = record<CopyOwed>(61, 'copy-owed', { queue: count(), sequences: numbers<Sequence>() });

export const copyDropped = record<CopyDropped>(62, 'copy-dropped', { queue: count(), sequences: numbers<Sequence>() });

export const schemaAdded = record<SchemaAdded>(59, 'schema-added', { name: text, text, atMs: real, operator: actor });

export const schemaRemoved = record<SchemaRemoved>(60, 'schema-removed', { name: text, operator: actor });
