// What a schema may be before it is compiled: bounded, of one draft, and without what would look outside of it or cost more
// than the body is long.

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
const NODES_MAX = 4_096;
const DEPTH_MAX = 64;
/** Every item may have to be compared with every other. */
const UNIQUE_ITEMS_MAX = 1_024;
const REFERENCES: readonly string[] = ['$ref', '$dynamicRef'];
const REFUSED: readonly string[] = ['$id', '$vocabulary'];

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema, or what is wrong with it. */
export function readSchema(text: string): { readonly schema: Json | boolean } | { readonly fault: string } {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    return { fault: 'it is not JSON' };
  }
  if (typeof schema === 'boolean') return { schema };
  if (!isObject(schema)) return { fault: 'a schema is an object, true or false' };
  const draft = schema['$schema'];
  if (draft !== undefined && draft !== DRAFT) return { fault: `$schema must be ${DRAFT}` };
  const fault = walked(schema);
  return fault === null ? { schema } : { fault };
}

function walked(schema: Json): string | null {
  let nodes = 0;
  const open: [value: unknown, depth: number][] = [[schema, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, depth] = next;
    nodes += 1;
    if (nodes > NODES_MAX) return `it has more than ${NODES_MAX} parts`;
    if (depth > DEPTH_MAX) return `it is deeper than ${DEPTH_MAX}`;
    if (Array.isArray(value)) for (const item of value) open.push([item, depth + 1]);
    if (!isObject(value)) continue;
    const fault = faultOf(value);
    if (fault !== null) return fault;
    for (const item of Object.values(value)) open.push([item, depth + 1]);
  }
  return null;
}

function faultOf(part: Json): string | null {
  for (const name of REFERENCES) {
    const target = part[name];
    if (typeof target === 'string' && !target.startsWith('#')) return `${name} must stay inside: it begins with #`;
  }
  for (const name of REFUSED) if (typeof part[name] === 'string') return `${name} is not carried out`;
  const most = part['maxItems'];
  if (part['uniqueItems'] === true && !(typeof most === 'number' && most <= UNIQUE_ITEMS_MAX)) {
    return `uniqueItems needs a maxItems of at most ${UNIQUE_ITEMS_MAX} beside it`;
  }
  return null;
}
