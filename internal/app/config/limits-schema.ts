// Settings of quotas and throttles. Each bound is off by default: a queue on disk is bounded by the disk.

import * as z from 'zod';
import { bytes, checkedText, count } from './setting.ts';
import { faultOfTenantQuotas } from './tenant-quotas.ts';
import { faultOfThrottles } from './throttle-rules.ts';
import { GIB, KIB } from './units.ts';

const MESSAGES = { default: 0, min: 1, max: 1_000_000_000, zero: 'the disk is the bound' };
const BYTES = { default: 0, min: KIB, max: 1024 * GIB, zero: 'the disk is the bound' };
const WHY = 'a queue on disk has room for more';

export const limits = z.strictObject({
  ingressMax: count(
    {
      env: 'MAX_GLOBAL_INGRESS',
      text: 'Messages in all queues, with consumers or not, beyond which publishes are refused.',
      earlier: { value: '8192', why: WHY },
    },
    MESSAGES,
  ),
  ingressBytesMax: bytes({ env: 'MAX_GLOBAL_INGRESS_BYTES', text: 'The same in bytes.' }, BYTES),
  queuedMax: count(
    {
      env: 'MAX_QUEUED_DIRECT',
      text: 'Messages in all queues that no consumer holds, beyond which publishes are refused.',
      earlier: { value: '4096', why: WHY },
    },
    MESSAGES,
  ),
  queuedBytesMax: bytes({ env: 'MAX_QUEUED_DIRECT_BYTES', text: 'The same in bytes.' }, BYTES),
  tenantsJson: checkedText(
    {
      env: 'TENANT_QUOTAS_JSON',
      text: 'Quotas by tenant as JSON; `*` is every tenant that is not named, the empty text the default one.',
      earlier: { value: '' },
    },
    {
      expects: 'a JSON object of tenants, each with whole numbers of what it may hold',
      metavar: 'json',
      byDefault: '{}',
      faultOf: faultOfTenantQuotas,
    },
  ),
  throttlesJson: checkedText(
    {
      env: 'THROTTLES_JSON',
      text: 'Rates as JSON, of topics, tenants and producers that publish, and of consumers that are given messages.',
    },
    {
      expects: 'a JSON list of rules with scope, match and a rate',
      metavar: 'json',
      byDefault: '[]',
      faultOf: faultOfThrottles,
    },
  ),
});
