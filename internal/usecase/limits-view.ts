// What is bounded, how much of it is used, and how loaded the broker is, as the word `limits.list` shows it.

import { type Bounds, boundsOf } from '../domain/quotas.ts';
import type { State } from '../domain/state.ts';
import type { Rate, ThrottleRule } from '../domain/throttles.ts';
import type { Usage } from '../domain/usage.ts';
import { PAGE_ITEMS_MAX, type Page } from './inspect.ts';
import { type OverloadView, overloadView } from './overload-view.ts';

export interface UsageView {
  /** null: all tenants together. */
  readonly tenant_id: string | null;
  readonly ingress: number;
  readonly ingress_bytes: number;
  readonly queued: number;
  readonly queued_bytes: number;
  readonly inflight: number;
  readonly inflight_bytes: number;
  /** Bounds by the names of `TENANT_QUOTAS_JSON`; null: none. */
  readonly limits: Readonly<Record<string, number | null>>;
}

export interface ThrottleView {
  readonly scope: string;
  readonly match: string;
  readonly tenant_id: string | null;
  readonly messages_per_second: number | null;
  readonly bytes_per_second: number | null;
  readonly burst_ms: number;
}

export interface LimitsView extends Page<UsageView> {
  readonly all: UsageView;
  readonly throttles: readonly ThrottleView[];
  readonly overload: OverloadView;
}

const orNull = (bound: number): number | null => (Number.isFinite(bound) ? bound : null);

function usageView(tenant: string | null, usage: Usage, bounds: Bounds): UsageView {
  return {
    tenant_id: tenant,
    ingress: usage.messages,
    ingress_bytes: usage.bytes,
    queued: usage.queued,
    queued_bytes: usage.queuedBytes,
    inflight: usage.leased,
    inflight_bytes: usage.leasedBytes,
    limits: {
      max_ingress: orNull(bounds.ingress),
      max_ingress_bytes: orNull(bounds.ingressBytes),
      max_queued: orNull(bounds.queued),
      max_queued_bytes: orNull(bounds.queuedBytes),
      max_inflight: orNull(bounds.inflight),
      max_inflight_bytes: orNull(bounds.inflightBytes),
    },
  };
}

const throttleView = ({ scope, match, tenant, rate }: ThrottleRule): ThrottleView => ({
  scope,
  match,
  tenant_id: tenant,
  messages_per_second: orNull(rate.messages),
  bytes_per_second: orNull(rate.bytes),
  burst_ms: rate.burstMs,
});

const rated = ({ messages, bytes }: Rate): boolean => Number.isFinite(Math.min(messages, bytes));

/** Tenants that have queues, by name; `after` is the last one of the page before. */
export function limitsPage(state: State, after: string | null, asked: number): LimitsView {
  const limit = Math.min(asked, PAGE_ITEMS_MAX);
  const { quotas } = state.limits;
  const { publish, deliver, tenants } = quotas.throttles;
  const names = [...state.usage.tenants.keys()].filter((name) => after === null || name > after.slice(1)).sort();
  const items = names
    .slice(0, limit)
    .map((name) => usageView(name, state.usage.of(name) as Usage, boundsOf(quotas, name)));
  const ofTenants = [...tenants].filter(([, rate]) => rated(rate));
  return {
    all: usageView(null, state.usage.all, quotas.all),
    items,
    // The default tenant's name is empty: a mark before it tells it from no page at all.
    next: names.length > items.length ? `:${items.at(-1)?.tenant_id ?? ''}` : null,
    throttles: [
      ...ofTenants.slice(0, limit).map(([match, rate]) => throttleView({ scope: 'tenant', match, tenant: null, rate })),
      ...[...publish, ...deliver].map(throttleView),
    ],
    overload: overloadView(state),
  };
}
