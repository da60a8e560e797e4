// The words of a backup, over the admin endpoint of a whole broker on simulated disks.

import { expect, it } from 'vitest';
import { words } from '../../testing/fixtures/an-engine.ts';
import { DiskEngine } from '../../testing/fixtures/disk-engine.ts';

const MIB = 1024 * 1024;

async function aBroker() {
  const broker = await new DiskEngine({ segmentBytes: MIB, messageBytesMax: MIB / 8 }).started();
  const operator = broker.admin.connect();
  let id = 0;
  return (word: string, args: object = {}): Record<string, unknown> => {
    id += 1;
    operator.send('_control', { type: 'admin.request', id, word, args });
    broker.settle();
    const reply = words(operator).find(({ type }) => type === 'admin.reply');
    return (reply?.['ok'] === true ? reply['result'] : reply?.['error']) as Record<string, unknown>;
  };
}

it('pin, hold longer, show in the status, and let go', async () => {
  const ask = await aBroker();
  const pinned = ask('journal.pin', { seconds: 30 });
  expect(pinned).toMatchObject({ pin: '1-1', seconds: 30, first_segment: 1, last_segment: 1 });
  expect(Number(pinned['position'])).toBeGreaterThan(0);
  expect(Number(pinned['last_bytes'])).toBeGreaterThan(512);
  expect(ask('status')['pins']).toMatchObject([{ pin: '1-1', position: pinned['position'] }]);
  expect(ask('journal.pin', { pin: '1-1', seconds: 3_600 })).toEqual({ pin: '1-1', seconds: 3_600 });
  expect(ask('journal.unpin', { pin: '1-1' })).toEqual({ pin: '1-1' });
  expect(ask('status')['pins']).toEqual([]);
});

it('refuse a pin that is not held, and numbers out of range', async () => {
  const ask = await aBroker();
  expect(ask('journal.unpin', { pin: '1-1' })).toMatchObject({ code: 'NOT_PINNED' });
  expect(ask('journal.pin', { pin: '7-1' })).toMatchObject({ code: 'NOT_PINNED' });
  for (const args of [{ seconds: 0 }, { seconds: 3_601 }, { seconds: 1.5 }, { pin: 1 }, { minutes: 1 }])
    expect(ask('journal.pin', args)).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(ask('journal.unpin')).toMatchObject({ code: 'INVALID_ARGUMENT' });
});

it('end with their time, although nobody asks', async () => {
  const ask = await aBroker();
  ask('journal.pin', { seconds: 1 });
  // Each question lets two seconds pass.
  expect(ask('queues.list')).toMatchObject({ items: [] });
  expect(ask('status')['pins']).toEqual([]);
});
