// What a broker says of itself: ready or why not, counts of what it observed, and a scrape that costs once a second.

import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { LoopDelay } from '../../../pkg/metrics/loop-delay.ts';
import { EntryTable } from '../../domain/entry-table.ts';
import { asPosition } from '../../domain/ids.ts';
import { anEngine, type EngineFixture } from '../../testing/fixtures/an-engine.ts';
import { BrokerMetrics } from './broker-metrics.ts';

const opened: BrokerMetrics[] = [];
const delay = new LoopDelay();
let nowMs = 0;

async function withMetrics(adminOnly = false): Promise<{ broker: EngineFixture; metrics: BrokerMetrics }> {
  nowMs = 0;
  const metrics = new BrokerMetrics({ monotonicMs: () => nowMs, wallMs: () => 0, queuesMax: 5, adminOnly, delay });
  opened.push(metrics);
  const broker = await anEngine();
  metrics.serve(broker.engine);
  return { broker, metrics };
}

afterAll(() => delay.close());

afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.close();
});

const reasons = (metrics: BrokerMetrics): readonly string[] => metrics.unready.map(({ reason }) => reason);
const values = async (metrics: BrokerMetrics, name: string): Promise<Record<string, number>> => {
  const family = (await metrics.families()).find((each) => each.name === name);
  if (family === undefined || family.type === 'histogram') throw new Error(`${name} has no values`);
  return Object.fromEntries(family.samples.map(({ labels, value }) => [Object.values(labels).join(','), value]));
};

describe('a broker', () => {
  it('is ready until its journal is blocked or failed, or it drains', async () => {
    const { broker, metrics } = await withMetrics();
    expect(reasons(metrics)).toEqual([]);
    broker.journal.setRoom(0, 1_000_000, 'ENOSPC');
    expect(metrics.unready).toEqual([{ reason: 'journal_blocked', detail: 'ENOSPC' }]);
    broker.journal.setRoom(1_000_000, 1_000_000, null);
    expect(reasons(metrics)).toEqual([]);
    metrics.failed(new Error('EIO'));
    broker.engine.drain(0);
    broker.settle();
    expect(reasons(metrics)).toEqual(['journal_failed', 'draining']);
    expect(await values(metrics, 'tachyon_ready')).toEqual({ '': 0 });
    expect(await values(metrics, 'tachyon_draining')).toEqual({ '': 1 });
    expect(await values(metrics, 'tachyon_journal_failed')).toEqual({ '': 1 });
    expect(await metrics.summary()).toMatchObject({ status: 'unready' });
  });

  it('that is for operators alone is not ready', async () => {
    const { metrics } = await withMetrics(true);
    expect(reasons(metrics)).toEqual(['admin_only']);
  });

  it('shows what it observed, and since when its last checkpoint is', async () => {
    const { metrics } = await withMetrics();
    nowMs = 3_000;
    expect(await values(metrics, 'tachyon_checkpoint_age_seconds')).toEqual({ '': 3 });
    metrics.occurrences.take({ type: 'checkpoint-written', position: asPosition(9), bytes: 500, tookMs: 20 });
    metrics.occurrences.take({ type: 'checkpoint-failed', error: new Error('full') });
    metrics.occurrences.take({ type: 'stalled', byMs: 2_000 });
    metrics.occurrences.take({ type: 'stalled', byMs: -500 });
    metrics.occurrences.take({ type: 'command-failed', command: 'ack', error: null });
    nowMs = 4_500;
    expect(await values(metrics, 'tachyon_checkpoint_age_seconds')).toEqual({ '': 1.5 });
    expect(await values(metrics, 'tachyon_checkpoint_duration_seconds')).toEqual({ '': 0.02 });
    expect(await values(metrics, 'tachyon_checkpoint_size_bytes')).toEqual({ '': 500 });
    expect(await values(metrics, 'tachyon_checkpoints_total')).toEqual({ written: 1, failed: 1, damaged: 0 });
    expect(await values(metrics, 'tachyon_stalls_total')).toEqual({ '': 2 });
    expect(await values(metrics, 'tachyon_stalled_seconds_total')).toEqual({ '': 2 });
    expect(await values(metrics, 'tachyon_faults_total')).toEqual({ command: 1, body: 0, relocation: 0, audit: 0 });
  });

  it('is looked at once a second for the page and once for the summary, however many ask', async () => {
    const { broker, metrics } = await withMetrics();
    const consumer = broker.router.connect();
    broker.say(consumer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a'] });
    broker.ask(broker.router.connect(), 'a', 'x');
    const oldest = vi.spyOn(EntryTable.prototype, 'oldest');
    try {
      const pages = await Promise.all(Array.from({ length: 100 }, () => metrics.text()));
      expect(new Set(pages).size).toBe(1);
      expect(oldest).toHaveBeenCalledTimes(1);
      await Promise.all(Array.from({ length: 100 }, () => metrics.summary()));
      expect(oldest).toHaveBeenCalledTimes(2);
      nowMs = 1_000;
      await metrics.text();
      expect(oldest).toHaveBeenCalledTimes(3);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('counts every message that a producer sent as one thing or another', async () => {
    const { broker, metrics } = await withMetrics();
    broker.operate(broker.admin.connect(), 'routes.add', { pattern: 'f.>', route_type: 'fanout' });
    const producer = broker.router.connect();
    const consumer = broker.router.connect();
    broker.say(consumer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a'] });
    for (const topic of ['a', 'f.x', 'nowhere', 'a']) broker.ask(producer, topic, 'x');
    const names = ['ingress', 'routed', 'published', 'fanout', 'refused', 'unroutable', 'dispatched'] as const;
    const counts = await Promise.all(names.map(async (name) => (await values(metrics, `tachyon_${name}_total`))['']));
    expect(Object.fromEntries(names.map((name, i) => [name, counts[i]]))).toEqual({
      ingress: 4,
      routed: 3,
      published: 2,
      fanout: 1,
      refused: 1,
      unroutable: 1,
      dispatched: 2,
    });
    expect(await values(metrics, 'tachyon_refusals_total')).toEqual({ UNROUTABLE: 1 });
    expect(await values(metrics, 'tachyon_wire_peers')).toMatchObject({ clients: 2, operators: 1 });
    expect(await values(metrics, 'tachyon_sessions')).toEqual({ live: 1, away: 0 });
  });
});
