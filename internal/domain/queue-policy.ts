// The policy of a queue, resolved when it is declared and journaled whole: evolve never looks at a default.

export const EXPIRED_WAYS = ['drop', 'dead-letter'] as const;
export type ExpiredWay = (typeof EXPIRED_WAYS)[number];

export const ORDER_MODES = ['key', 'none'] as const;
export type OrderMode = (typeof ORDER_MODES)[number];

export const POISONED_WAYS = ['park', 'dead-letter'] as const;
export type PoisonedWay = (typeof POISONED_WAYS)[number];

export interface QueuePolicy {
  /** Lease of a delivery. */
  readonly leaseMs: number;
  /** Failed attempts before the message is dead-lettered. */
  readonly attemptsMax: number;
  /** Returns without a failure (consumer gone) before it is: a message that kills its consumers must end somewhere. */
  readonly returnsMax: number;
  readonly backoffInitialMs: number;
  readonly backoffMaxMs: number;
  readonly backoffFactor: number;
  /** Share of the delay that chance may take away, 0 to 1. */
  readonly backoffJitter: number;
  /** What becomes of a message whose time is over. Default `drop`: it goes, and is counted. */
  readonly expired?: ExpiredWay;
  /** What partition keys mean. Default `key`: messages of one are handed over one after the other. */
  readonly order?: OrderMode;
  /** What becomes of a message with a key that has used up its attempts. Default `park`: its key waits. */
  readonly poisoned?: PoisonedWay;
}

/** Failures and returns are counted in a byte and in two: a bound beyond would never be met. */
export const ATTEMPTS_MAX = 255;
export const RETURNS_MAX = 65_535;
export const POLICY_MS_MAX = 7 * 24 * 3_600_000;

/** What is wrong with the policy, or null. */
export function policyFault(policy: QueuePolicy): string | null {
  const within = (
    key: Exclude<keyof QueuePolicy, 'expired' | 'order' | 'poisoned'>,
    least: number,
    most: number,
    whole: boolean,
  ): string | null => {
    const value = policy[key];
    const fits = value >= least && value <= most && (!whole || Number.isInteger(value));
    return fits ? null : `${key} is ${value}, not ${whole ? 'a whole number ' : ''}from ${least} to ${most}`;
  };
  return (
    within('leaseMs', 1, POLICY_MS_MAX, true) ??
    within('attemptsMax', 1, ATTEMPTS_MAX, true) ??
    within('returnsMax', 0, RETURNS_MAX, true) ??
    within('backoffInitialMs', 0, POLICY_MS_MAX, true) ??
    within('backoffMaxMs', 0, POLICY_MS_MAX, true) ??
    within('backoffFactor', 1, 100, false) ??
    within('backoffJitter', 0, 1, false) ??
    oneOf('expired', policy.expired, EXPIRED_WAYS) ??
    oneOf('order', policy.order, ORDER_MODES) ??
    oneOf('poisoned', policy.poisoned, POISONED_WAYS)
  );
}

const oneOf = <Way extends string>(key: string, way: Way | undefined, ways: readonly Way[]): string | null =>
  way === undefined || ways.includes(way) ? null : `${key} is ${way}, not ${ways.join(' or ')}`;

export const DEFAULT_QUEUE_POLICY: QueuePolicy = {
  leaseMs: 30_000,
  attemptsMax: 3,
  returnsMax: 100,
  backoffInitialMs: 500,
  backoffMaxMs: 60_000,
  backoffFactor: 2,
  backoffJitter: 0.5,
};
