// Counters by tenant: the same as those of the whole process, which they add up to.

import { counter, type Family } from '../../../pkg/metrics/family.ts';
import type { TenantCount, TenantCounts } from './tenant-counts.ts';

export function tenantCountFamilies(tenants: readonly TenantCounts[]): readonly Family[] {
  const labelled = tenants.map((counts) => ({ labels: { tenant: counts.tenant }, counts }));
  const each = (name: `tachyon_tenant_${string}_total`, help: string, which: TenantCount): Family =>
    counter(
      name,
      help,
      labelled.map(({ labels, counts }) => ({ labels, value: counts[which] })),
    );
  return [
    each('tachyon_tenant_published_total', 'Messages of the tenant accepted into queues.', 'published'),
    each('tachyon_tenant_refused_total', 'Messages of its producers that were refused.', 'refused'),
    each(
      'tachyon_tenant_throttled_total',
      'Of these, refused for a quota, a throttle, the load or the disk, to come again later.',
      'throttled',
    ),
    each('tachyon_tenant_deferred_total', 'Messages held back for its producers that wait for room.', 'deferred'),
    each('tachyon_tenant_dispatched_total', 'Deliveries to its consumers.', 'dispatched'),
    each('tachyon_tenant_acked_total', 'Messages that they acknowledged.', 'acked'),
    each('tachyon_tenant_nacked_total', 'Negative acknowledgements of its consumers.', 'nacked'),
    each('tachyon_tenant_retried_total', 'Failed attempts that are repeated.', 'retried'),
    each('tachyon_tenant_returned_total', 'Messages handed back without a failure.', 'returned'),
    each('tachyon_tenant_delivery_timeout_total', 'Deliveries whose lease ended unsettled.', 'timedOut'),
    each('tachyon_tenant_dead_lettered_total', 'Messages moved to its dead letters.', 'deadLettered'),
    each('tachyon_tenant_redriven_total', 'Dead letters of the tenant that were replayed.', 'redriven'),
    each('tachyon_tenant_purged_total', 'Messages and dead letters of the tenant that a purge removed.', 'purged'),
  ];
}
