// Quotas, throttles and the overload policy, from the settings.

import { DEFAULT_OVERLOAD, type OverloadPolicy } from '../domain/overload.ts';
import { type Bounds, type Quotas, UNBOUNDED } from '../domain/quotas.ts';
import type { Config } from './config/load.ts';
import { readTenantQuotas } from './config/tenant-quotas.ts';
import { readThrottles } from './config/throttle-rules.ts';

export function pressureLimits({ limits, overload }: Pick<Config, 'limits' | 'overload'>): {
  readonly quotas: Quotas;
  readonly overload: OverloadPolicy;
} {
  const all: Bounds = {
    ...UNBOUNDED,
    ingress: boundOf(limits.ingressMax),
    ingressBytes: boundOf(limits.ingressBytesMax),
    queued: boundOf(limits.queuedMax),
    queuedBytes: boundOf(limits.queuedBytesMax),
  };
  const isBounded = Object.values(all).some(Number.isFinite);
  const { bounds, rates } = readTenantQuotas(limits.tenantsJson);
  const rules = readThrottles(limits.throttlesJson);
  return {
    quotas: {
      all: isBounded ? all : UNBOUNDED,
      tenants: bounds,
      throttles: {
        publish: rules.filter(({ scope }) => scope !== 'consumer'),
        tenants: rates,
        deliver: rules.filter(({ scope }) => scope === 'consumer'),
      },
    },
    overload: {
      ...DEFAULT_OVERLOAD,
      refuses: overload.refuses,
      shedsClasses: overload.shedsClasses,
      backlogWatermark: overload.backlogWatermark,
      memoryBytes: boundOf(overload.memoryBytesMax),
      memoryWatermark: overload.memoryWatermark,
      holdMs: overload.holdMs,
    },
  };
}

const boundOf = (value: number): number => (value === 0 ? Number.POSITIVE_INFINITY : value);
