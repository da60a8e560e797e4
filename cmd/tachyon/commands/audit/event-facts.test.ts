// What the table of events says beside their ids: where it was done, and to how many records.

import { describe, expect, it } from 'vitest';
import { queueOf, recordsOf } from './event-facts.ts';

const event = (prior: readonly object[], resulting: readonly object[], ids: readonly string[] = []) => ({
  prior_state: prior,
  resulting_state: resulting,
  target_message_ids: ids,
});

describe('an event', () => {
  it.each([
    [
      'a step on two queues',
      event(
        [],
        [
          { queue: 'a', count: 3 },
          { queue: 'b', count: 2 },
        ],
        ['m1', 'm2'],
      ),
      'a, b',
      '5',
    ],
    ['a purge of a queue', event([{ queue: 'q', tenant_id: '' }], [{ queue: 'q', purged: 14, leased: 0 }]), 'q', '14'],
    [
      'a pause',
      event([{ queue: 'q', tenant_id: 'acme', depth: 5 }], [{ queue: 'q', paused: true, depth: 5 }]),
      'acme/q',
      '-',
    ],
    [
      'a job that begins',
      event([{ filter: { queue: 'q', tenant: '' }, total: 1500 }], [{ purged: 0, total: 1500 }]),
      'q',
      '1500',
    ],
    ['a job that ends', event([{ job: 1, total: 1500 }], [{ job: 1, done: 1499, failed: 1 }]), '-', '1499'],
    [
      'a route',
      event([{ pattern: 'a', destination_id: 'q', tenant_id: '' }], [{ pattern: 'a', outcome: 'added' }]),
      'q',
      '-',
    ],
    ['one by hand', event([{ queue: 'q', tenant_id: '' }], [{ queue: 'q', message_id: 'm1' }], ['m1']), 'q', '1'],
    ['what did not fit', event([{ count: 2 }], [{ count: 2, status: 'dead_lettered' }], ['m1']), '-', '2'],
    ['a refusal at the door', event([], [{ detail: 'no' }], []), '-', '-'],
    [
      'a state that was too long',
      event([{ omitted: 'too long', count: 1 }], [{ omitted: 'too long', count: 1 }], ['a', 'b']),
      '-',
      '2',
    ],
  ])('that is %s names its queue and counts its records', (_, given, queue, records) => {
    expect([queueOf(given), recordsOf(given)]).toEqual([queue, records]);
  });

  it('that has no states at all is shown too', () => {
    expect([queueOf({}), recordsOf({})]).toEqual(['-', '-']);
  });
});
