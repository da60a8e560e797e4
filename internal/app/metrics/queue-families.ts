// Metrics of queues and tenants. Series are bounded: the deepest have their own, all others are one sum.

import { byLabel, type Family, gauge, type Labels } from '../../../pkg/metrics/family.ts';
import type { Counted, Figures, Tally } from './tally.ts';

const seconds = ({ oldestUnackedMs }: Figures): number => oldestUnackedMs / 1000;
const lag = ({ depth, leased, scheduled }: Figures): number => depth - leased - scheduled;
const utilization = ({ inflight, window }: Figures): number => (window === 0 ? 0 : inflight / window);

type Each = (name: `tachyon_${string}`, help: string, value: (counted: Counted) => number) => Family;

/** Makes gauges of the same list, whose labels are made once. */
function seriesOf(list: readonly Counted[], labelsOf: (counted: Counted) => Labels): Each {
  const labelled = list.map((counted) => ({ labels: labelsOf(counted), counted }));
  return (name, help, value) =>
    gauge(
      name,
      help,
      labelled.map(({ labels, counted }) => ({ labels, value: value(counted) })),
    );
}

export function queueFamilies({ queues }: Tally): readonly Family[] {
  const each = seriesOf(queues, ({ tenant, queue }) => ({ tenant, queue }));
  return [
    each('tachyon_queue_depth', 'Messages in the queue that are not settled.', ({ depth }) => depth),
    each('tachyon_queue_ready', 'Messages that wait for a consumer.', ({ ready }) => ready),
    each('tachyon_queue_leased', 'Messages that consumers hold.', ({ leased }) => leased),
    each('tachyon_queue_waiting_retry', 'Messages that wait for their next attempt.', (one) => one.waitingRetry),
    each('tachyon_queue_scheduled', 'Messages that are not due yet.', ({ scheduled }) => scheduled),
    each('tachyon_queue_unreadable', 'Messages whose bodies are damaged on disk.', ({ unreadable }) => unreadable),
    each('tachyon_queue_dead_letters', 'Dead letters of the queue.', ({ deadLetters }) => deadLetters),
    each('tachyon_queue_bytes', 'Bytes of its messages, dead letters included.', ({ bytes }) => bytes),
    each('tachyon_queue_oldest_unacked_seconds', 'Age of the oldest message that is not settled.', seconds),
    each('tachyon_queue_consumers', 'Consumers that are attached.', ({ consumers }) => consumers),
    each('tachyon_queue_lag_messages', 'Messages that no consumer holds: what more consumers would take.', lag),
    each(
      'tachyon_consumer_window_utilization',
      'Share of the windows of the consumers of the queue that is in use, 0 to 1; 0 without a consumer.',
      utilization,
    ),
  ];
}

export function tenantFamilies({ tenants }: Tally): readonly Family[] {
  const each = seriesOf(tenants, ({ tenant }) => ({ tenant }));
  return [
    each('tachyon_tenant_queues', 'Queues of the tenant.', ({ queues }) => queues),
    each('tachyon_tenant_depth', 'Messages of the tenant that are not settled.', ({ depth }) => depth),
    each('tachyon_tenant_ready', 'Messages of the tenant that wait for a consumer.', ({ ready }) => ready),
    each('tachyon_tenant_leased', 'Messages of the tenant that consumers hold.', ({ leased }) => leased),
    each('tachyon_tenant_waiting_retry', 'Messages of the tenant that wait for a retry.', (one) => one.waitingRetry),
    each('tachyon_tenant_scheduled', 'Messages of the tenant that are not due yet.', ({ scheduled }) => scheduled),
    each('tachyon_tenant_dead_letters', 'Dead letters of the tenant.', ({ deadLetters }) => deadLetters),
    each('tachyon_tenant_bytes', 'Bytes of its messages, dead letters included.', ({ bytes }) => bytes),
    each('tachyon_tenant_oldest_unacked_seconds', 'Age of its oldest message that is not settled.', seconds),
  ];
}

/** Of all queues together. */
export function totalFamilies({ total }: Tally): readonly Family[] {
  return [
    gauge('tachyon_queues', 'Queues.', total.queues),
    gauge(
      'tachyon_messages',
      'Messages in all queues that are not settled, by state.',
      byLabel('state', {
        ready: total.ready,
        leased: total.leased,
        waiting_retry: total.waitingRetry,
        scheduled: total.scheduled,
        unreadable: total.unreadable,
      }),
    ),
    gauge('tachyon_message_bytes', 'Bytes of all messages, dead letters included.', total.bytes),
    gauge('tachyon_oldest_unacked_seconds', 'Age of the oldest message that is not settled.', seconds(total)),
  ];
}
