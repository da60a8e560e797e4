// Variables of the earlier system that this version does not carry out. A value that means off is accepted, any
// other is refused by name: an operator never believes in a setting that does nothing. Values are not shown, as
// some of them are secrets.

import type { Problem } from './origin.ts';
import { readBoolean } from './setting.ts';

export interface NotYetVariable {
  readonly name: string;
  /** Default of the earlier system. */
  readonly earlier: string;
  /** Which values mean off, besides none at all. */
  readonly off: Off;
  /** What to do, to follow the name in the refusal; the usual one says that a later version brings it. */
  readonly reason?: string;
}

/** How a kind of value says off. */
export type Off = 'empty' | 'zero' | 'false';

export const OFF_TEXTS: Readonly<Record<Off, string>> = {
  empty: 'empty',
  zero: '`0`',
  false: '`false`, `0`',
};

const MEANS_OFF: Readonly<Record<Off, (value: string) => boolean>> = {
  empty: () => false,
  zero: (value) => /^[+-]?0+(\.0+)?$/.test(value),
  false: (value) => readBoolean(value) === false,
};

const TOPIC =
  'a message does not keep its topic in memory: throttle the topic (THROTTLES_JSON) or bound the tenant (TENANT_QUOTAS_JSON); remove it, or set it to 0';
const STEPS =
  'a window or a bound that is one step smaller changed nothing in simulation; set MAX_INFLIGHT_PER_CONSUMER or a quota, and remove it, or set it to 0';
const RATES =
  'retries, growth and lag are what a slow consumer looks like, and refusing others does not make it faster; remove it, or set it to 0';
const WEIGHTS = 'the order of classes does not change with their backlogs; remove it, or set it to what means off';
const FILES = 'the gateway asks the broker and opens none of its files; remove it';

export const NOT_YET_VARIABLES: readonly NotYetVariable[] = [
  { name: 'WAL_REPLICATION_MIRROR_DIR', earlier: '', off: 'empty' },

  { name: 'MAX_PER_TOPIC_QUEUE', earlier: '256', off: 'zero', reason: TOPIC },

  { name: 'QUEUE_POLICY_RETRY_RATE_HIGH_WATERMARK', earlier: '4.0', off: 'zero', reason: RATES },
  { name: 'QUEUE_POLICY_QUEUE_GROWTH_HIGH_WATERMARK', earlier: '32.0', off: 'zero', reason: RATES },
  { name: 'QUEUE_POLICY_CONSUMER_LAG_HIGH_WATERMARK', earlier: '256', off: 'zero', reason: RATES },
  { name: 'QUEUE_POLICY_INFLIGHT_STEP', earlier: '32', off: 'zero', reason: STEPS },
  { name: 'QUEUE_POLICY_QUEUE_STEP', earlier: '32', off: 'zero', reason: STEPS },
  { name: 'QUEUE_POLICY_MIN_INFLIGHT_PER_CONSUMER', earlier: '128', off: 'zero', reason: STEPS },
  { name: 'QUEUE_POLICY_MAX_INFLIGHT_PER_CONSUMER', earlier: 'MAX_INFLIGHT_PER_CONSUMER', off: 'zero', reason: STEPS },
  { name: 'QUEUE_POLICY_MIN_PER_TOPIC_QUEUE', earlier: '64', off: 'zero', reason: STEPS },
  { name: 'QUEUE_POLICY_MAX_PER_TOPIC_QUEUE', earlier: 'MAX_PER_TOPIC_QUEUE', off: 'zero', reason: STEPS },
  { name: 'QUEUE_POLICY_ADAPTIVE_PRIORITY_WEIGHTS', earlier: 'true', off: 'false', reason: WEIGHTS },
  { name: 'QUEUE_POLICY_ADAPTIVE_STEP', earlier: '1', off: 'zero', reason: WEIGHTS },
  { name: 'QUEUE_POLICY_AGING_ENABLED', earlier: 'true', off: 'false', reason: WEIGHTS },
  { name: 'QUEUE_POLICY_AGING_BOOST_AFTER_MS', earlier: '15000', off: 'zero', reason: WEIGHTS },

  { name: 'SESSION_SNAPSHOT_PATH', earlier: 'WAL_PATH.sessions', off: 'empty', reason: FILES },
  { name: 'DLQ_STORE_PATH', earlier: 'WAL_PATH.dlq', off: 'empty', reason: FILES },
  { name: 'SCHEDULED_STORE_PATH', earlier: 'WAL_PATH.scheduled', off: 'empty', reason: FILES },
  { name: 'AUDIT_STORE_PATH', earlier: 'WAL_PATH.audit', off: 'empty', reason: FILES },
  { name: 'WAL_SEGMENTS_PATH', earlier: 'WAL_PATH.segments', off: 'empty', reason: FILES },
];

const refusal = ({ name, off, reason }: NotYetVariable): Problem => {
  const offText =
    off === 'empty' ? 'remove it' : `remove it, or set it to what means off (${OFF_TEXTS[off].replaceAll('`', '')})`;
  return { code: 'NOT_SUPPORTED', sentence: `${name} is not carried out by this version: ${reason ?? offText}` };
};

/** One problem for each variable that is set to something else than off. */
export const notYetProblems = (env: Readonly<Record<string, string | undefined>>): readonly Problem[] => {
  const set = (name: string): string => env[name]?.trim() ?? '';
  const named = NOT_YET_VARIABLES.filter(({ name, off }) => set(name) !== '' && !MEANS_OFF[off](set(name)));
  return named.map(refusal);
};

/** Settings of a script beside the earlier system, which the broker never read: unknown here, and so ignored. */
export const UNRELATED_VARIABLES = [
  'GO_BIN',
  'OFFLINE_PKGS',
  'POLICY_RULESET',
  'DRIFT_EXPORT_DIR',
  'AUTO_ROLLBACK_CMD',
] as const;
