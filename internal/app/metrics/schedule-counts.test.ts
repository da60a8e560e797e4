// The metrics of schedules, by what a broker did.

import { expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { anEngine } from '../../testing/fixtures/an-engine.ts';
import { messageFamilies } from './message-families.ts';
import { Stages } from './stages.ts';

it('count what was scheduled, cancelled, moved and fired', async () => {
  const broker = await anEngine();
  const operator = broker.admin.connect();
  const done = (word: string, args: object): void => {
    expect(broker.operate(operator, word, args)).toMatchObject({ ok: true });
  };
  done('queues.declare', { queue: 'q', patterns: ['q'] });
  const producer = broker.router.connect();
  broker.say(producer, { type: 'hello', versions: [2], producer: true });
  const block = encodeBlock({ topic: 'q', attributes: { delay_ms: 60_000 }, body: new Uint8Array(1) });
  producer.send(encodePublish(1, 3, [block, block, block]));
  broker.settle();
  done('schedules.cancel', { queue: 'q', sequences: [1], confirm: 'CANCEL' });
  done('schedules.move', { queue: 'q', sequence: 2, delay_ms: 5 });
  done('cron.declare', { name: 'fires', cron: '* * * * * *', topic: 'q', overlap: 'allow' });
  done('cron.declare', { name: 'skips', cron: '* * * * * *', topic: 'q' });
  done('cron.declare', { name: 'fails', cron: '* * * * * *', topic: 'nowhere' });
  broker.advance(2_000);
  const { state, desks } = broker.engine;
  const stages = new Stages({ state: () => state, monotonicMs: () => 0 });
  const families = messageFamilies({ state, desks, fanoutDropped: 0 }, stages, { purged: 0, expired: 0 });
  const countOf = (name: string): number | undefined => {
    const family = families.find((one) => one.name === name);
    return family === undefined || family.type === 'histogram' ? undefined : family.samples[0]?.value;
  };
  const names = ['scheduled_total', 'cancelled_total', 'rescheduled_total', 'schedules', 'schedules_limit'];
  expect(names.map((name) => countOf(`tachyon_${name}`))).toEqual([3, 1, 1, 3, 10_000]);
  const fires = ['fired', 'skipped', 'missed', 'refused'];
  expect(fires.map((name) => countOf(`tachyon_schedule_${name}_total`))).toEqual([3, 1, 0, 2]);
  expect(countOf('tachyon_scheduled_total')).toBe(state.counters.scheduled);
});
