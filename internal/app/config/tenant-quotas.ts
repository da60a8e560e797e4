// `TENANT_QUOTAS_JSON`: tenant to bounds, as the earlier system wrote it, with twins in bytes and with rates.

import { checkName } from '../../../pkg/protocol/topic.ts';
import type { Bounds } from '../../domain/quotas.ts';
import type { Rate } from '../../domain/throttles.ts';
import { boundIn, faultIn, JsonFault, parseJson, recordOf } from './json-object.ts';
import { BURST_MS } from './throttle-rules.ts';

const KEYS = [
  'max_inflight',
  'max_inflight_bytes',
  'max_queued',
  'max_queued_bytes',
  'max_ingress',
  'max_ingress_bytes',
  'messages_per_second',
  'bytes_per_second',
];
const TENANTS_MAX = 10_000;

export interface TenantQuotas {
  readonly bounds: ReadonlyMap<string, Bounds>;
  readonly rates: ReadonlyMap<string, Rate>;
}

/** Throws JsonFault. */
export function readTenantQuotas(text: string): TenantQuotas {
  const tenants = Object.entries(recordOf(parseJson(text), 'it', null));
  if (tenants.length > TENANTS_MAX) throw new JsonFault(`it names ${tenants.length} tenants, at most ${TENANTS_MAX}`);
  const bounds = new Map<string, Bounds>();
  const rates = new Map<string, Rate>();
  for (const [tenant, value] of tenants) {
    const what = `tenant "${tenant}"`;
    if (tenant !== '' && checkName(tenant) !== null) throw new JsonFault(`${what} is no name of a tenant`);
    const quota = recordOf(value, what, KEYS);
    bounds.set(tenant, {
      inflight: boundIn(quota, 'max_inflight', what),
      inflightBytes: boundIn(quota, 'max_inflight_bytes', what),
      queued: boundIn(quota, 'max_queued', what),
      queuedBytes: boundIn(quota, 'max_queued_bytes', what),
      ingress: boundIn(quota, 'max_ingress', what),
      ingressBytes: boundIn(quota, 'max_ingress_bytes', what),
    });
    const rate: Rate = {
      messages: boundIn(quota, 'messages_per_second', what),
      bytes: boundIn(quota, 'bytes_per_second', what),
      burstMs: BURST_MS,
    };
    // Who is named has its own rate, or none, and not that of all others.
    rates.set(tenant, rate);
  }
  const isRated = [...rates.values()].some(({ messages, bytes }) => Number.isFinite(Math.min(messages, bytes)));
  return { bounds, rates: isRated ? rates : new Map() };
}

export const faultOfTenantQuotas = (text: string): string | null => faultIn(() => readTenantQuotas(text));
