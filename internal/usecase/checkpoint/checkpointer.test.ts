// When a checkpoint is taken, and what it stands for: everything up to its position, and nothing of the next.

import { expect, test } from 'vitest';
import type { Event } from '../../domain/event.ts';
import { evolve } from '../../domain/evolve.ts';
import { asSessionId } from '../../domain/ids.ts';
import { DEFAULT_LIMITS } from '../../domain/limits.ts';
import { DEFAULT_QUEUE_POLICY } from '../../domain/queue-policy.ts';
import { State } from '../../domain/state.ts';
import { MemoryCheckpointStore } from '../../repository/checkpoint/memory-checkpoint-store.ts';
import { RadixRouteIndex } from '../../repository/routes/radix-route-index.ts';
import { JournalWorld } from '../../testing/journal/journal-world.ts';
import { Checkpointer } from './checkpointer.ts';

test('a checkpoint closes the group that the turns of a full disk share', async () => {
  const segmentBytes = 64 * 1024;
  const world = new JournalWorld({ segmentBytes, diskBytesMax: 4 * segmentBytes });
  world.recover();
  world.settle(2_000);
  while (world.journal.room().blocked === null) {
    world.append([[2_000]]);
    world.settle();
  }
  const { journal } = world;
  const state = new State(new RadixRouteIndex(), DEFAULT_LIMITS, DEFAULT_QUEUE_POLICY);
  const turn = (session: number): number => {
    const event: Event = {
      type: 'session-opened',
      session: asSessionId(session),
      tenant: '',
      consumer: 'c',
      tokenHash: '',
      resumable: false,
    };
    const place = journal.add(event, [], 0);
    evolve(state, event, place, journal);
    journal.commit(false);
    return place.position;
  };
  const store = new MemoryCheckpointStore();
  const checkpointer = new Checkpointer({
    state,
    journal,
    store,
    clock: { wallMs: () => 0, monotonicMs: () => 0 },
    timers: world.timers,
    observe: () => undefined,
    everyBytes: Number.MAX_SAFE_INTEGER,
    slackBytes: Number.MAX_SAFE_INTEGER,
    pinned: () => false,
    audited: () => 'there',
    nudge: () => undefined,
  });
  expect(turn(2)).toBe(turn(1)); // they share a group
  const written = new Promise<void>((resolve) => checkpointer.begin(0, resolve));
  const next = turn(3);
  world.settle(1_000);
  await written;
  expect(store.load().checkpoint?.position).toBe(next - 1);
});
