// Makes guessing slow: after a few wrong tokens from an address, each further token that is not known to be good there
// waits its turn, and turns come ever more slowly. Whoever waits too long is refused unseen. A token that was good from
// the same address lately does not wait, so that nobody is locked out by a neighbour behind the same address.
// Invariant: both tables are bounded; what is forgotten costs an attacker nothing that he could not have anyway.

import { isIPv6 } from 'node:net';

const FREE_FAILURES = 3;
const FIRST_DELAY_MS = 250;
const DELAY_MS_MAX = 5_000;
const WAIT_MS_MAX = 10_000;
const FORGET_MS = 15 * 60_000;
const ADDRESSES_MAX = 10_000;
const GOOD_MAX = 1_000;

interface Failures {
  count: number;
  lastMs: number;
  nextTurnMs: number;
}

export type Turn = { readonly waitMs: number } | { readonly retryAfterMs: number };

export class FailureDelay {
  readonly #failures = new Map<string, Failures>();
  readonly #good = new Map<string, true>();

  /** `tokenHash` stands for the token. Now, later, or not at all. */
  turn(address: string, tokenHash: string, nowMs: number): Turn {
    const network = networkOf(address);
    const failures = this.#recent(network, nowMs);
    if (failures === undefined || failures.count < FREE_FAILURES) return { waitMs: 0 };
    if (this.#good.has(`${network} ${tokenHash}`)) return { waitMs: 0 };
    const atMs = Math.max(nowMs, failures.nextTurnMs);
    if (atMs - nowMs > WAIT_MS_MAX) return { retryAfterMs: atMs - nowMs - WAIT_MS_MAX };
    failures.nextTurnMs = atMs + delayMs(failures.count);
    return { waitMs: atMs - nowMs };
  }

  failed(address: string, nowMs: number): void {
    const network = networkOf(address);
    const failures = this.#recent(network, nowMs) ?? { count: 0, lastMs: nowMs, nextTurnMs: nowMs };
    failures.count += 1;
    failures.lastMs = nowMs;
    failures.nextTurnMs = Math.max(failures.nextTurnMs, nowMs + delayMs(failures.count));
    keep(this.#failures, network, failures, ADDRESSES_MAX);
  }

  succeeded(address: string, tokenHash: string): void {
    keep(this.#good, `${networkOf(address)} ${tokenHash}`, true, GOOD_MAX);
  }

  get size(): number {
    return this.#failures.size;
  }

  #recent(network: string, nowMs: number): Failures | undefined {
    const failures = this.#failures.get(network);
    return failures !== undefined && nowMs - failures.lastMs < FORGET_MS ? failures : undefined;
  }
}

const delayMs = (failures: number): number =>
  failures < FREE_FAILURES ? 0 : Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** Math.min(20, failures - FREE_FAILURES));

/** One customer of a provider has a whole /64 of IPv6 addresses. */
const networkOf = (address: string): string => {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const first = head.split(':').filter((group) => group !== '');
  const last = tail?.split(':').filter((group) => group !== '') ?? [];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...new Array<string>(Math.max(0, zeros)).fill('0'), ...last].slice(0, 4).join(':');
};

/** The one that was touched longest ago makes room. */
function keep<Value>(table: Map<string, Value>, key: string, value: Value, sizeMax: number): void {
  table.delete(key);
  table.set(key, value);
  if (table.size <= sizeMax) return;
  const oldest = table.keys().next().value;
  if (oldest !== undefined) table.delete(oldest);
}
