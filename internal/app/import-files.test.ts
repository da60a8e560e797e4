// The earlier files through the admin endpoint, good ones and wrong ones, read from a real folder.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { anEngine, type Word, words } from '../testing/fixtures/an-engine.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-import-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** Reading a file takes the real time that it takes. */
async function imported(kind: 'catalog' | 'dlq', path: string) {
  const broker = await anEngine();
  const operator = broker.admin.connect();
  const word = async (): Promise<Word> => {
    operator.say({
      type: 'admin.request',
      id: 1,
      word: `import.${kind}`,
      args: { path, actor: 'olivia', reason: 'move' },
    });
    broker.settle();
    const replies: Word[] = [];
    await eventually('the import is answered', () => {
      broker.settle();
      replies.push(...words(operator));
      return replies.length === 1;
    });
    return replies[0] as Word;
  };
  return { broker, operator, reply: await word(), again: word };
}

const RECORD = {
  message_id: 'm1',
  consumer_id: 'node-1',
  session_id: 'sess_000001',
  tenant_id: '',
  topic: 'user.created',
  payload: btoa('{"ID":"m1"}'),
  priority: 'high',
  enqueue_sequence: 4,
  attempt: 3,
  reason: 'max_attempts',
  dead_lettered_at: '2024-05-01T10:00:00Z',
};

describe('import.catalog', () => {
  it.each([['routes'], ['data']])('takes the earlier catalog under "%s", once', async (key) => {
    const route = {
      pattern: 'user.created',
      destination_id: 'node-1',
      route_type: 'direct',
      priority: 0,
      enabled: true,
      tenant: '',
    };
    const path = file(`catalog-${key}.json`, JSON.stringify({ version: 1, [key]: [route] }));
    const { broker, reply, again } = await imported('catalog', path);
    expect(reply).toMatchObject({ ok: true, result: { routes: 1, added: 1, refused: [] } });
    expect(broker.ask(broker.router.connect(), '', 'user.created', 'x')).toMatchObject([{ type: 'publish.confirmed' }]);
    expect(await again()).toMatchObject({ ok: false, error: { code: 'ALREADY_IMPORTED' } });
  });

  it('names what it does not carry over, in an answer of one message however much that is', async () => {
    const routes = Array.from({ length: 3_000 }, (_, i) => ({
      pattern: `${'x'.repeat(150)}.${i}`,
      destination_id: 'node-1',
      route_type: 'system',
      priority: 0,
      enabled: true,
      tenant: '',
    }));
    const path = file('system.json', JSON.stringify({ version: 1, data: routes }));
    const { reply } = await imported('catalog', path);
    const { refused } = reply['result'] as { refused: string[] };
    expect([refused.length, refused.at(-1)]).toEqual([101, 'and 2900 more']);
    expect(refused[0]).toContain('NOT_SUPPORTED');
  });
});

describe('import.dlq', () => {
  it('takes the earlier dead letters with their story', async () => {
    const path = file('dlq.json', JSON.stringify({ version: 2, data: { m1: RECORD } }));
    const { broker, operator, reply } = await imported('dlq', path);
    expect(reply).toMatchObject({ ok: true, result: { imported: 1, refused: [] } });
    expect(broker.operate(operator, 'dlq.list')['result']).toMatchObject({
      items: [
        {
          queue: 'node-1',
          message_id: 'm1',
          consumer_id: 'node-1',
          topic: 'user.created',
          payload: RECORD.payload,
          form: 'event',
          priority: 'high',
          attempt: 3,
          cause: 'imported',
          reason: 'max_attempts',
          dead_lettered_at: '2024-05-01T10:00:00.000Z',
        },
      ],
    });
  });

  it('takes the good ones of a file and names the others', async () => {
    const bad = { ...RECORD, message_id: 'm2', topic: 'a..b' };
    const path = file('mixed.json', JSON.stringify({ m1: RECORD, m2: bad }));
    const { reply } = await imported('dlq', path);
    expect(reply).toMatchObject({
      ok: true,
      result: { imported: 1, refused: [expect.stringContaining('m2: INVALID_TOPIC')] },
    });
  });
});

describe('a file that is none of ours', () => {
  it.each([
    ['is not there', () => join(folder, 'missing.json')],
    ['is a folder', () => folder],
    ['is a device that never ends', () => '/dev/zero'],
    ['is no JSON', () => file('text.json', 'hello')],
    ['is of another version', () => file('version.json', JSON.stringify({ version: 9, data: {} }))],
    ['is a list', () => file('list.json', '[1]')],
  ])('that %s is refused with a reason, and nothing changes', async (_what, path) => {
    for (const kind of ['catalog', 'dlq'] as const) {
      const { broker, reply } = await imported(kind, path());
      expect(reply).toMatchObject({ ok: false, error: { code: expect.stringMatching(/^(INVALID|FORMAT)/) } });
      expect((reply['error'] as { message: string }).message).not.toBe('');
      expect(broker.engine.state.queues.size).toBe(0);
    }
  });
});
