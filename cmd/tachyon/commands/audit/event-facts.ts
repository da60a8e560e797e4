// What an event of the audit log was about: its queue, and how many records it changed. Both stand in the states before
// and after, by the operation; the ids beside them are distinct, so they are no count.

import { isObject, type JsonObject } from '../../../../pkg/protocol/json.ts';

const NONE = '-';

/** The queues that it names, `tenant/queue` where the tenant is not the default one. */
export function queueOf(event: JsonObject): string {
  // The state before names the tenant too.
  const named = ['prior_state', 'resulting_state'].map((state) => statesIn(event, state).map(nameIn).filter(Boolean));
  const names = new Set(named.find((each) => each.length > 0) ?? []);
  return names.size === 0 ? NONE : [...names].join(', ');
}

function nameIn({ queue, destination_id: destination, tenant_id: tenant, filter }: JsonObject): string {
  if (isObject(filter)) return nameIn({ queue: filter['queue'], tenant_id: filter['tenant'] });
  const name = typeof queue === 'string' ? queue : destination;
  if (typeof name !== 'string' || name === '') return '';
  return typeof tenant === 'string' && tenant !== '' ? `${tenant}/${name}` : name;
}

/** What it did, or was refused to do, to records; by how many targets it names where no state counts them. */
export function recordsOf(event: JsonObject): string {
  const counted = statesIn(event, 'resulting_state').map(countIn);
  const known = counted.filter((count): count is number => count !== null);
  if (known.length > 0) return String(known.reduce((sum, count) => sum + count, 0));
  const targets = event['target_message_ids'];
  return Array.isArray(targets) && targets.length > 0 ? String(targets.length) : NONE;
}

/** The first that is there: of a step on dead letters, a job that begins, a purge, a job that ends, a queue or routes. */
const COUNTS = ['count', 'total', 'purged', 'done', 'removed', 'imported'];

function countIn(facts: JsonObject): number | null {
  // A state that was too long for one line is told by how many parts it had.
  if ('omitted' in facts) return null;
  const name = COUNTS.find((each) => typeof facts[each] === 'number');
  return name === undefined ? null : Number(facts[name]);
}

const statesIn = (event: JsonObject, name: string): readonly JsonObject[] => {
  const states = event[name];
  return Array.isArray(states) ? states.filter(isObject) : [];
};
