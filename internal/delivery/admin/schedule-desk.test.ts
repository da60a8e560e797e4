// The operators' words about scheduled messages, through the real broker.

import { describe, expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { printTime } from '../../../pkg/protocol/rfc3339.ts';
import { anEngine, type Word } from '../../testing/fixtures/an-engine.ts';

type Item = Readonly<Record<string, unknown>>;

async function aSchedule(delaysMs: readonly number[] = [3_000, 1_000, 2_000]) {
  const broker = await anEngine();
  const operator = broker.admin.connect();
  const ask = (word: string, args: object = {}): Word => broker.operate(operator, word, args);
  const result = (word: string, args: object = {}): Item => {
    const reply = ask(word, args);
    expect(reply).toMatchObject({ ok: true });
    return reply['result'] as Item;
  };
  const items = (args: object = {}): readonly Item[] => result('schedules.list', args)['items'] as readonly Item[];
  for (const queue of ['q', 'r']) result('queues.declare', { queue, patterns: [queue] });
  const producer = broker.router.connect();
  broker.say(producer, { type: 'hello', versions: [2], producer: true });
  let sent = 0;
  const publish = (topic: string, attributes: object | null): void => {
    sent += 1;
    const block = encodeBlock({
      topic,
      messageId: `m${sent}`,
      body: Uint8Array.of(1),
      ...(attributes === null ? {} : { attributes: attributes as never }),
    });
    producer.send(encodePublish(sent, 1, [block]));
    broker.settle();
  };
  publish('q', null);
  for (const delay of delaysMs) publish('q', { delay_ms: delay });
  publish('r', { delay_ms: 1_500 });
  return { broker, ask, result, items, publish };
}

const ids = (items: readonly Item[]): readonly unknown[] => items.map(({ message_id: id }) => id);
const CONFIRM = { confirm: 'CANCEL', actor: 'olivia', reason: 'wrong day' };

describe('the list', () => {
  it('is in the order of the times at which they are due, over queues or of one', async () => {
    const { items } = await aSchedule();
    expect(ids(items())).toEqual(['m3', 'm5', 'm4', 'm2']);
    expect(ids(items({ queue: 'r' }))).toEqual(['m5']);
    expect(ids(items({ tenant_id: 'another' }))).toEqual([]);
    expect(items()[0]).toMatchObject({ queue: 'q', status: 'scheduled', due_at: expect.stringMatching(/Z$/) });
  });

  it('comes in pages that miss and repeat nothing, messages due together included', async () => {
    const { result } = await aSchedule([500, 500, 500, 500, 700]);
    const seen: unknown[] = [];
    for (let after: unknown = null, pages = 0; pages < 10; pages += 1) {
      const page = result('schedules.list', { limit: 2, ...(after === null ? {} : { after }) });
      seen.push(...ids(page['items'] as readonly Item[]));
      after = page['next'];
      if (after === null) break;
    }
    expect(seen).toEqual(['m2', 'm3', 'm4', 'm5', 'm6', 'm7']);
  });

  it('is of a span of time where one is given', async () => {
    const { items } = await aSchedule();
    const due = items().map(({ due_at: at }) => String(at));
    expect(ids(items({ from: due[1], to: due[3] }))).toEqual(['m5', 'm4']);
  });
});

describe('a word that changes', () => {
  it('cancels those that are scheduled, says which were not, and is on record under their ids', async () => {
    const { result, items } = await aSchedule();
    expect(result('schedules.cancel', { queue: 'q', sequences: [1, 2, 3], ...CONFIRM })).toMatchObject({
      requested: 3,
      cancelled: 2,
      failures: [{ sequence: 1, message_id: 'm1', code: 'NOT_SCHEDULED' }],
    });
    expect(ids(items())).toEqual(['m5', 'm4']);
    const log = result('audit.list')['items'] as readonly Item[];
    expect(log.at(-1)).toMatchObject({
      operation: 'cancel_scheduled',
      actor: 'olivia',
      target_message_ids: ['m1', 'm2', 'm3'],
    });
  });

  it('moves one to a time, and shows it there', async () => {
    const { result, items } = await aSchedule();
    const at = printTime(Date.parse(String(items()[2]?.['due_at'])) + 500);
    result('schedules.move', { queue: 'q', sequence: 3, deliver_at: at, reason: 'later' });
    expect(ids(items())).toEqual(['m5', 'm4', 'm3', 'm2']);
    expect(result('schedules.show', { queue: 'q', sequence: 3 })).toMatchObject({ message_id: 'm3', due_at: at });
  });

  it.each([
    ['schedules.cancel', { queue: 'q', sequences: [2] }, 'CONFIRMATION_REQUIRED'],
    ['schedules.cancel', { queue: 'q', sequences: [], ...CONFIRM }, 'INVALID_ARGUMENT'],
    ['schedules.cancel', { queue: 'q', sequences: [2, 'x'], ...CONFIRM }, 'INVALID_ARGUMENT'],
    [
      'schedules.cancel',
      { queue: 'q', sequences: Array.from({ length: 257 }, (_, i) => i + 1), ...CONFIRM },
      'INVALID_ARGUMENT',
    ],
    ['schedules.cancel', { queue: 'nowhere', sequences: [2], ...CONFIRM }, 'QUEUE_NOT_FOUND'],
    ['schedules.cancel', { queue: 'q', sequences: [77], ...CONFIRM }, 'NOT_SCHEDULED'],
    ['schedules.move', { queue: 'q', sequence: 2 }, 'INVALID_ARGUMENT'],
    [
      'schedules.move',
      { queue: 'q', sequence: 2, delay_ms: 1, deliver_at: '2030-01-01T00:00:00Z' },
      'INVALID_ARGUMENT',
    ],
    ['schedules.move', { queue: 'q', sequence: 2, deliver_at: 'tomorrow' }, 'INVALID_ARGUMENT'],
    ['schedules.move', { queue: 'q', sequence: 2, deliver_at: '2001-01-01T00:00:00Z' }, 'SCHEDULE_IN_PAST'],
    ['schedules.move', { queue: 'q', sequence: 2, delay_ms: 1e15 }, 'SCHEDULE_TOO_FAR'],
    ['schedules.show', { queue: 'q', sequence: 1 }, 'NOT_SCHEDULED'],
    ['schedules.list', { after: '1:2' }, 'INVALID_ARGUMENT'],
    ['schedules.never', {}, 'UNKNOWN_CONTROL'],
  ])('%s %j is refused with %s', async (word, args, code) => {
    const { ask, items } = await aSchedule();
    expect(ask(word, args)).toMatchObject({ ok: false, error: { code } });
    expect(items()).toHaveLength(4);
  });
});
