// The operators' words about recurring schedules, through the real broker.

import { describe, expect, it } from 'vitest';
import { CRON_BODY_BYTES_MAX } from '../../domain/cron.ts';
import { anEngine, type Word } from '../../testing/fixtures/an-engine.ts';

type Item = Readonly<Record<string, unknown>>;

const PLAN = { name: 'tick', cron: '* * * * * *', topic: 'q', payload: 'dGljaw==', overlap: 'allow' };

async function anOperator() {
  const broker = await anEngine();
  const peer = broker.admin.connect();
  const ask = (word: string, args: object = {}): Word => broker.operate(peer, word, args);
  const result = (word: string, args: object = {}): Item => {
    const reply = ask(word, args);
    expect(reply).toMatchObject({ ok: true });
    return reply['result'] as Item;
  };
  const items = (): readonly Item[] => result('cron.list')['items'] as readonly Item[];
  result('queues.declare', { queue: 'q', patterns: ['q'] });
  return { broker, ask, result, items };
}

describe('a recurring schedule', () => {
  it('is declared, listed with what became of it, shown with its next times, and removed', async () => {
    const { broker, result, items } = await anOperator();
    expect(result('cron.declare', PLAN)).toMatchObject({ created: true, routable: true });
    broker.advance(3_000);
    expect(items()).toMatchObject([{ name: 'tick', fired: 3, skipped: 0, missed: 0, refused: 0, last_error: '' }]);
    expect(items()[0]).toMatchObject({ next_fire_at: expect.any(String), last_fired_at: expect.any(String) });
    const shown = result('cron.show', { name: 'tick' });
    expect(shown).toMatchObject({ payload: 'dGljaw==', headers: {}, catch_up: 'one', catch_up_max: 100 });
    expect(shown['upcoming']).toHaveLength(5);
    expect(result('status')).toMatchObject({ schedules: 1, counters: { cron_fired: 3 } });
    expect(result('cron.remove', { name: 'tick' })).toEqual({ name: 'tick', removed: true });
    expect(items()).toEqual([]);
  });

  it('is paused, which its list says, and resumed', async () => {
    const { broker, result, items } = await anOperator();
    result('cron.declare', PLAN);
    expect(result('cron.pause', { name: 'tick' })).toMatchObject({ paused: true, next_fire_at: null });
    broker.advance(3_000);
    expect(items()).toMatchObject([{ paused: true, fired: 0, next_fire_at: null }]);
    result('cron.resume', { name: 'tick' });
    broker.advance(1_000);
    expect(items()).toMatchObject([{ paused: false, fired: 1, missed: 0 }]);
  });

  it('is of its tenant', async () => {
    const { ask, result, items } = await anOperator();
    result('cron.declare', { ...PLAN, tenant_id: 'acme' });
    expect(ask('cron.show', { name: 'tick' })).toMatchObject({ error: { code: 'UNKNOWN_SCHEDULE' } });
    expect(result('cron.show', { name: 'tick', tenant_id: 'acme' })).toMatchObject({ tenant_id: 'acme' });
    expect(items()).toHaveLength(1);
  });

  it('comes in pages', async () => {
    const { result } = await anOperator();
    for (const name of ['a', 'b', 'c']) result('cron.declare', { ...PLAN, name });
    const first = result('cron.list', { limit: 2 });
    expect((first['items'] as readonly Item[]).map(({ name }) => name)).toEqual(['a', 'b']);
    const rest = result('cron.list', { limit: 2, after: first['next'] });
    expect((rest['items'] as readonly Item[]).map(({ name }) => name)).toEqual(['c']);
  });

  it.each([
    ['cron.declare', { ...PLAN, cron: 'never' }, 'INVALID_SCHEDULE'],
    ['cron.declare', { ...PLAN, cron: 7 }, 'INVALID_ARGUMENT'],
    ['cron.declare', { ...PLAN, payload: '%' }, 'INVALID_ARGUMENT'],
    ['cron.declare', { ...PLAN, payload: btoa('x'.repeat(CRON_BODY_BYTES_MAX + 1)) }, 'PAYLOAD_TOO_LARGE'],
    ['cron.declare', { ...PLAN, overlap: 'replace' }, 'INVALID_ARGUMENT'],
    ['cron.declare', { ...PLAN, catch_up_max: 101 }, 'INVALID_ARGUMENT'],
    ['cron.declare', { ...PLAN, headers: { a: 1 } }, 'INVALID_ARGUMENT'],
    ['cron.declare', { ...PLAN, content_type: 'x'.repeat(256) }, 'INVALID_ARGUMENT'],
    ['cron.declare', { ...PLAN, unknown: 1 }, 'INVALID_ARGUMENT'],
    ['cron.remove', { name: 'none' }, 'UNKNOWN_SCHEDULE'],
    ['cron.run', { name: 'none' }, 'UNKNOWN_SCHEDULE'],
    ['cron.never', {}, 'UNKNOWN_CONTROL'],
  ])('%s is refused with a code, and goes on record', async (word, args, code) => {
    const { ask, result } = await anOperator();
    expect(ask(word, args)).toMatchObject({ ok: false, error: { code } });
    const log = result('audit.list')['items'] as readonly Item[];
    expect(log.at(-1)?.['outcome']).toBe(code === 'UNKNOWN_CONTROL' ? 'done' : code);
  });
});
