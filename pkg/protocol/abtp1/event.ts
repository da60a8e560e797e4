// Reading the earlier system's event JSON. Its keys are matched without regard to case, the later of two wins, as its
// own decoder does; the body itself is kept byte for byte, so unknown fields survive.

import type { Attributes } from '../attributes.ts';
import { isAbsent, type JsonObject } from '../json.ts';
import { noTime } from '../off-values.ts';
import { parseTime } from '../rfc3339.ts';

export interface EventFields {
  readonly messageId: string;
  /** Null when the event names none. */
  readonly tenant: string | null;
  readonly attributes: Attributes;
  readonly specVersion: string;
}

type Kind = 'text' | 'time' | 'class' | 'any';

/** The lower-case key, and what it must hold. */
const FIELDS: Readonly<Record<string, Kind>> = {
  id: 'text',
  topic: 'text',
  tenant_id: 'text',
  source: 'text',
  timestamp: 'time',
  deliver_at: 'time',
  priority: 'class',
  data: 'any',
  datacontenttype: 'text',
  dataschema: 'text',
  specversion: 'text',
};

/** Null when the object is no event: none of its identifying keys, or a field of the wrong type. */
export function readEvent(object: JsonObject): EventFields | null {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(object)) {
    const name = key.toLowerCase();
    if (!Object.hasOwn(FIELDS, name) || isAbsent(value)) continue;
    if (!fits(value, FIELDS[name]!)) return null;
    found.set(name, value);
  }
  if (!found.has('id') && !found.has('topic') && !found.has('data')) return null;
  const text = (name: string): string => (found.get(name) as string | undefined) ?? '';
  const tenant = text('tenant_id');
  const time = unixMs(text('timestamp'));
  const deliverAt = text('deliver_at');
  const priority = found.get('priority') as string | number | undefined;
  return {
    messageId: text('id'),
    tenant: tenant === '' ? null : tenant,
    specVersion: text('specversion'),
    attributes: {
      ...given('source', text('source')),
      ...given('content_type', text('datacontenttype')),
      ...given('schema', text('dataschema')),
      ...(priority === undefined || priority === '' ? {} : { priority }),
      ...(time === null ? {} : { timestamp_unix_ms: time }),
      ...(noTime(deliverAt) ? {} : { deliver_at: deliverAt }),
    },
  };
}

const given = (name: 'source' | 'content_type' | 'schema', value: string): Attributes =>
  value === '' ? {} : { [name]: value };

function fits(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'time':
      return value === '' || (typeof value === 'string' && parseTime(value) !== null);
    case 'class':
      return typeof value === 'string' || Number.isFinite(value);
    case 'any':
      return true;
  }
}

/** Year 1, as the earlier system writes "no time", is none, and nothing before 1970 is a time of a message. */
function unixMs(time: string): number | null {
  const value = parseTime(time);
  return value === null || value < 0 ? null : value;
}
