// Quotas: whether what may lie in queues leaves room for a message, of its tenant and of the broker. O(1): counts that are kept
// against bounds that are set. A message counts once in each of its queues.

import type { Refusal } from '../effect.ts';
import { type Bounds, boundsOf, UNBOUNDED } from '../quotas.ts';
import type { State } from '../state.ts';
import { TenantUsage, Usage } from '../usage.ts';

/** Room comes with acks: a consumer's round is a good time to look again. */
const QUOTA_RETRY_MS = 250;
/**
 * Where several tenants have queues, none takes more of the broker's bounds than so many times what it leaves free: one that is
 * alone at it stops at eight ninths, and whoever holds little finds room.
 */
const SHARE_FACTOR = 8;

type Measure = 'ingress' | 'ingressBytes' | 'queued' | 'queuedBytes';

const CHECKED: readonly { readonly measure: Measure; readonly unit: 'messages' | 'bytes'; readonly what: string }[] = [
  { measure: 'ingress', unit: 'messages', what: 'messages in queues and with consumers' },
  { measure: 'ingressBytes', unit: 'bytes', what: 'bytes in queues and with consumers' },
  { measure: 'queued', unit: 'messages', what: 'messages that wait in queues' },
  { measure: 'queuedBytes', unit: 'bytes', what: 'bytes that wait in queues' },
];

const WORDS: Readonly<Record<Measure, string>> = {
  ingress: 'max_ingress',
  ingressBytes: 'max_ingress_bytes',
  queued: 'max_queued',
  queuedBytes: 'max_queued_bytes',
};

const VARIABLES: Readonly<Record<Measure, string>> = {
  ingress: 'MAX_GLOBAL_INGRESS',
  ingressBytes: 'MAX_GLOBAL_INGRESS_BYTES',
  queued: 'MAX_QUEUED_DIRECT',
  queuedBytes: 'MAX_QUEUED_DIRECT_BYTES',
};

/** For one command: what it was given counts against what is left. */
export class QuotaRoom {
  readonly #tenant: string;
  readonly #own: Bounds;
  readonly #all: Bounds;
  readonly #usage: Usage;
  readonly #total: Usage;
  readonly #shares: boolean;
  /** All of it goes or nothing. */
  readonly #isWhole: boolean;
  /** So much may be taken without a look at each bound. */
  readonly #messagesLeft: number;
  readonly #bytesLeft: number;
  #messages = 0;
  #bytes = 0;

  private constructor(state: State, tenant: string, own: Bounds, isWhole: boolean) {
    this.#tenant = tenant;
    this.#isWhole = isWhole;
    this.#own = own;
    this.#all = state.limits.quotas.all;
    this.#usage = state.usage.of(tenant) ?? NO_USAGE;
    this.#total = state.usage.all;
    this.#shares = state.usage.tenants.size > 1;
    this.#messagesLeft = this.#least('messages');
    this.#bytesLeft = this.#least('bytes');
  }

  /** Null where nothing is bounded. */
  static of(state: State, tenant: string, isWhole: boolean): QuotaRoom | null {
    const { quotas } = state.limits;
    const own = boundsOf(quotas, tenant);
    return own === UNBOUNDED && quotas.all === UNBOUNDED ? null : new QuotaRoom(state, tenant, own, isWhole);
  }

  /** What every bound of this unit leaves. */
  #least(unit: 'messages' | 'bytes'): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { measure, unit: of } of CHECKED) {
      if (of !== unit) continue;
      const own = used(this.#usage, measure);
      const free = this.#all[measure] - used(this.#total, measure);
      least = Math.min(least, this.#own[measure] - own, free);
      if (this.#shares && free !== Number.POSITIVE_INFINITY) {
        least = Math.min(least, Math.ceil((SHARE_FACTOR * free - own) / (SHARE_FACTOR + 1)));
      }
    }
    return least;
  }

  /** Null: there is room for so many places, and so many bytes in all of them. */
  look(places: number, bytes: number): Refusal | null {
    if (this.#messages + places <= this.#messagesLeft && this.#bytes + bytes <= this.#bytesLeft) return null;
    for (const { measure, unit, what } of CHECKED) {
      const asked = unit === 'messages' ? places : bytes;
      const taken = unit === 'messages' ? this.#messages : this.#bytes;
      // A batch takes its messages' places together.
      const alone = this.#isWhole ? taken + asked : asked;
      const own = used(this.#usage, measure) + taken;
      if (own + asked > this.#own[measure]) {
        const of = `tenant "${this.#tenant}" has ${own} of ${this.#own[measure]} ${what} (${WORDS[measure]})`;
        return refusal('QUOTA_EXCEEDED', of, alone, alone > this.#own[measure]);
      }
      const limit = this.#all[measure];
      const all = used(this.#total, measure) + taken;
      const isOver = all + asked > limit;
      if (isOver || (this.#shares && own >= SHARE_FACTOR * (limit - all))) {
        const of = isOver ? '' : `; tenant "${this.#tenant}" holds ${own} of them, and what is left is for others`;
        return refusal(
          'BUSY',
          `all tenants have ${all} of ${limit} ${what} (${VARIABLES[measure]})${of}`,
          alone,
          isOver ? alone > limit : this.#isWhole && taken >= SHARE_FACTOR * (limit - taken),
        );
      }
    }
    return null;
  }

  take(places: number, bytes: number): void {
    this.#messages += places;
    this.#bytes += bytes;
  }
}

const NO_USAGE = new TenantUsage('', new Usage());

function used(usage: Usage, measure: Measure): number {
  switch (measure) {
    case 'ingress':
      return usage.messages;
    case 'ingressBytes':
      return usage.bytes;
    case 'queued':
      return usage.queued;
    case 'queuedBytes':
      return usage.queuedBytes;
  }
}

/** What is larger than the whole bound need not come again. */
const refusal = (code: 'QUOTA_EXCEEDED' | 'BUSY', of: string, alone: number, never: boolean): Refusal =>
  never ? { code, detail: `${of}: this one alone takes ${alone}` } : { code, detail: of, retryAfterMs: QUOTA_RETRY_MS };

/** What a tenant's consumers may be given, all together. */
export function tenantRoom(state: State, usage: TenantUsage): { readonly messages: number; readonly bytes: number } {
  const { inflight, inflightBytes } = boundsOf(state.limits.quotas, usage.tenant);
  return { messages: inflight - usage.leased, bytes: inflightBytes - usage.leasedBytes };
}

/** Whether none of its queues may hand over anything. */
export function isTenantFull(state: State, usage: TenantUsage): boolean {
  if (state.limits.quotas.tenants.size === 0) return false;
  const { messages, bytes } = tenantRoom(state, usage);
  return messages <= 0 || bytes <= 0;
}
