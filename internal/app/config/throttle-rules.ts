// `THROTTLES_JSON`: a list of rules, each a rate for topics, tenants or producers that publish, or for consumers.

import { checkName, checkPattern } from '../../../pkg/protocol/topic.ts';
import { EVERYBODY, type ThrottleRule } from '../../domain/throttles.ts';
import { boundIn, faultIn, JsonFault, parseJson, recordOf } from './json-object.ts';

const KEYS = ['scope', 'match', 'tenant', 'messages_per_second', 'bytes_per_second', 'burst_ms'];
const SCOPES = ['topic', 'tenant', 'producer', 'consumer'] as const;
/** A publish is compared with each of them, once for each topic that it names. */
const RULES_MAX = 64;
const BURST_MS_MAX = 3_600_000;
/** Where a rule says nothing: a second's worth may come at once. */
export const BURST_MS = 1_000;

/** Throws JsonFault. */
export function readThrottles(text: string): readonly ThrottleRule[] {
  const list = parseJson(text);
  if (!Array.isArray(list)) throw new JsonFault('it is no list');
  if (list.length > RULES_MAX) throw new JsonFault(`it has ${list.length} rules, at most ${RULES_MAX}`);
  return list.map((value: unknown, index) => ruleOf(value, `rule ${index + 1}`));
}

function ruleOf(value: unknown, what: string): ThrottleRule {
  const rule = recordOf(value, what, KEYS);
  const scope = SCOPES.find((known) => known === rule['scope']);
  if (scope === undefined) throw new JsonFault(`${what} has no scope of ${SCOPES.join(', ')}`);
  const { match, tenant = null } = rule;
  if (typeof match !== 'string' || !isMatch(scope, match)) {
    throw new JsonFault(
      scope === 'topic' ? `${what} has no pattern of topics as match` : `${what} has neither a name nor "*" as match`,
    );
  }
  if (tenant !== null && (typeof tenant !== 'string' || (tenant !== '' && checkName(tenant) !== null))) {
    throw new JsonFault(`tenant of ${what} is no name`);
  }
  const burstMs = boundIn(rule, 'burst_ms', what);
  if (Number.isFinite(burstMs) && burstMs > BURST_MS_MAX)
    throw new JsonFault(`burst_ms of ${what} is over ${BURST_MS_MAX}`);
  const rate = {
    messages: boundIn(rule, 'messages_per_second', what),
    bytes: boundIn(rule, 'bytes_per_second', what),
    burstMs: Number.isFinite(burstMs) ? burstMs : BURST_MS,
  };
  if (!Number.isFinite(Math.min(rate.messages, rate.bytes))) throw new JsonFault(`${what} has no rate`);
  return { scope, match, tenant, rate };
}

function isMatch(scope: ThrottleRule['scope'], match: string): boolean {
  if (scope === 'topic') return checkPattern(match) === null;
  // Producers are numbers that the broker grants: each has its own bucket.
  if (scope === 'producer') return match === EVERYBODY;
  return match === EVERYBODY || (scope === 'tenant' && match === '') || checkName(match) === null;
}

export const faultOfThrottles = (text: string): string | null => faultIn(() => readThrottles(text));
