// The earlier system's route catalog, as documented (`routes`) and as it was really written (`data`). A file that
// cannot be understood whole is refused whole: half a catalog would lead messages astray.
// What was one route over there is one route here: it gave a message to the first direct match only, so its direct
// routes come in as exclusive.

import { ERRORS } from '../../../pkg/protocol/errors.ts';
import { checkName, checkPattern } from '../../../pkg/protocol/topic.ts';
import type { RouteWish } from '../../domain/operator-command.ts';
import { digestOf, isObject, JsonFields, readJson } from './json-fields.ts';

const VERSION = 1;
const FIELDS = ['pattern', 'destination_id', 'route_type', 'priority', 'enabled', 'tenant', 'metadata'];
/** Named by the earlier system, where they did nothing: routes of these kinds lead to a queue here. */
const LATER_TYPES = ['bridge', 'internal', 'system'] as const;

/** A route that is understood and not carried out. */
export interface RefusedCatalogRoute {
  readonly tenant: string;
  readonly pattern: string;
  readonly code: 'NOT_SUPPORTED';
  readonly detail: string;
}

export interface CatalogFile {
  readonly digest: string;
  /** In the order of the file, each (tenant, pattern, kind, queue) once. */
  readonly routes: readonly RouteWish[];
  readonly refused: readonly RefusedCatalogRoute[];
  /** Entries that said again what another one says. */
  readonly collapsed: number;
}

/** Throws INVALID_CONFIG with file and field when the catalog breaks its format. */
export function parseCatalog(bytes: Uint8Array, file: string): CatalogFile {
  const routes = new Map<string, RouteWish>();
  const refused: RefusedCatalogRoute[] = [];
  let collapsed = 0;
  for (const [path, value] of entriesOf(readJson(bytes, file), file)) {
    const route = readRoute(value, path);
    if ('code' in route) {
      refused.push(route);
      continue;
    }
    const key = JSON.stringify([route.tenant, route.pattern, route.kind, route.queueName]);
    const known = routes.get(key);
    if (known !== undefined) collapsed++;
    if (known === undefined || prevails(route, known)) routes.set(key, route);
  }
  return { digest: digestOf(bytes), routes: [...routes.values()], refused, collapsed };
}

/** Each entry with the path that names it. */
function entriesOf(catalog: unknown, file: string): (readonly [path: string, value: unknown])[] {
  if (catalog === undefined) return [];
  const fields = new JsonFields(catalog, file, 'INVALID_CONFIG');
  if (!isObject(catalog)) return [];
  fields.allow(['version', 'routes', 'data']);
  const version = fields.integer('version');
  if (version !== VERSION) throw fields.wrong('version', `is ${version}, known is ${VERSION}`);
  const shapes = ['routes', 'data'].filter((name) => Object.hasOwn(catalog, name));
  const name = shapes[0];
  if (name === undefined) throw fields.wrong('routes', 'is missing');
  if (shapes.length > 1) throw fields.wrong('data', 'stands beside routes: keep one of them');
  const list = catalog[name] ?? [];
  if (!Array.isArray(list)) throw fields.wrong(name, 'must be a list');
  return list.map((value, i) => [`${file}: ${name}[${i}]`, value]);
}

function readRoute(value: unknown, path: string): RouteWish | RefusedCatalogRoute {
  const fields = new JsonFields(value, path, 'INVALID_CONFIG');
  fields.allow(FIELDS);
  const pattern = fields.text('pattern');
  if (checkPattern(pattern) !== null)
    throw fields.wrong('pattern', `${JSON.stringify(pattern)}: ${ERRORS.INVALID_PATTERN.sentence}`);
  const tenant = fields.text('tenant', '');
  if (tenant !== '') requireName(fields, 'tenant', tenant);
  const type = fields.text('route_type', '') || 'direct';
  const destination = fields.text('destination_id', '');
  if (destination !== '') requireName(fields, 'destination_id', destination);
  const common = {
    tenant,
    pattern,
    priority: fields.integer('priority', 0),
    enabled: fields.flag('enabled', true),
    metadata: fields.texts('metadata'),
  };
  const later = LATER_TYPES.find((one) => one === type);
  if (later !== undefined) {
    const isOwn = pattern.startsWith('_');
    if (isOwn !== (later === 'system')) {
      const why = isOwn
        ? `${later} routes take no topics of the broker`
        : 'system routes take topics of the broker alone';
      return { tenant, pattern, code: 'NOT_SUPPORTED', detail: `${path}.route_type: ${why}` };
    }
    return { ...common, kind: later, queueName: destination || pattern, exclusive: false };
  }
  if (type === 'fanout') return { ...common, kind: 'fanout', queueName: '', exclusive: false };
  if (type !== 'direct') throw fields.wrong('route_type', `${JSON.stringify(type)} is no type of route`);
  // Without a destination the consumers were those that had subscribed to this text; their queue has its name.
  return { ...common, kind: 'direct', queueName: destination || pattern, exclusive: true };
}

function requireName(fields: JsonFields, field: string, name: string): void {
  if (checkName(name) !== null) throw fields.wrong(field, `${JSON.stringify(name)}: ${ERRORS.INVALID_NAME.sentence}`);
}

/**
 * The earlier store took a changed priority or switch for another route, and so kept the old one beside it. Of such
 * a family the enabled one with the highest priority decided every match.
 */
function prevails(route: RouteWish, known: RouteWish): boolean {
  if (route.enabled !== known.enabled) return route.enabled;
  return route.priority > known.priority;
}
