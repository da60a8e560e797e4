// What a publish owes on PUB leaves in order, once, and never holds up the peers.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Publication, Published } from '../../domain/effect.ts';
import { asPeerId, asProducerId, NO_POSITION, type PeerId } from '../../domain/ids.ts';
import type { Outgoing } from '../../usecase/gate.ts';
import { FanoutLine } from './fanout-line.ts';
import type { Unpacking } from './unpack.ts';

const PEER = asPeerId(4);
const OTHER = asPeerId(8);

const outgoing = (effect: Outgoing['effect']): Outgoing => ({ effect, position: NO_POSITION, blocks: null });

const publication = (topic: string, bytes = 100): Outgoing =>
  outgoing({ type: 'publication', gated: false, peer: null, topic, blocks: new Uint8Array(bytes), count: 1 });

const confirm = (peer: PeerId, first: number, durability: Published['durability'] = 'none'): Outgoing =>
  outgoing({
    type: 'published',
    gated: durability === 'journal',
    peer,
    producer: asProducerId(1),
    first,
    count: 1,
    durability,
    duplicates: [],
    refusals: [],
  });

let left: string[];
let nowMs: number;
let waiting: (() => void)[];
let breaths: number[];
let busy: boolean;
let line: FanoutLine;
/** Gives the body that topics that begin with `away` wait for. */
let arrive: (body: Uint8Array | null) => void;
let unpacking: Promise<Uint8Array | null>;
/** What one publication takes. */
let costMs: number;

const later = (): void => {
  const calls = waiting;
  waiting = [];
  for (const call of calls) call();
};

const take = (...items: readonly Outgoing[]): boolean[] => items.map((one) => line.take(one));

beforeEach(() => {
  unpacking = new Promise((resolve) => {
    arrive = resolve;
  });
  left = [];
  nowMs = 0;
  waiting = [];
  breaths = [];
  busy = false;
  costMs = 0.01;
  line = new FanoutLine({
    *publish({ topic }: Publication): Unpacking {
      nowMs += costMs;
      if (topic.startsWith('away')) yield unpacking;
      left.push(topic);
    },
    answer: ({ effect }) => left.push(`confirm ${(effect as Published).first}`),
    isBusy: () => busy,
    after: (ms, call) => {
      breaths.push(ms);
      waiting.push(call);
    },
    monotonicMs: () => nowMs,
  });
});

describe('the line to PUB', () => {
  it('lets a few publications and their confirm leave at once, in order', () => {
    take(publication('a'), publication('b'), confirm(PEER, 1));
    line.run();
    expect(left).toEqual(['a', 'b', 'confirm 1']);
    expect(waiting).toEqual([]);
  });

  it('takes about a millisecond of a flood at a time, and loses and reorders none of it', () => {
    const topics = Array.from({ length: 3_000 }, (_, index) => `t${index}`);
    take(...topics.map((topic) => publication(topic)));
    line.run();
    expect(nowMs).toBeLessThan(1.2);
    let rounds = 1;
    for (; line.length > 0; rounds += 1) later();
    expect(rounds).toBeGreaterThan(20);
    expect(left).toEqual(topics);
  });

  it('leaves more of the time to direct messages while they are under way', () => {
    take(...Array.from({ length: 1_000 }, (_, index) => publication(`t${index}`)));
    line.run();
    busy = true;
    later();
    busy = false;
    later();
    expect(breaths).toEqual([0, 4, 0]);
  });

  it('confirms fanout only after it has left', () => {
    costMs = 2;
    take(...Array.from({ length: 20 }, (_, index) => publication(`t${index}`)), confirm(PEER, 1));
    line.run();
    expect(left).not.toContain('confirm 1');
    while (line.length > 0) later();
    expect(left.at(-1)).toBe('confirm 1');
  });

  it('keeps a later confirm of the same peer behind an earlier one, and holds up no other peer', () => {
    take(publication('a'), confirm(PEER, 1));
    expect(take(confirm(PEER, 2, 'journal'))).toEqual([true]);
    expect(take(confirm(OTHER, 1, 'journal'))).toEqual([false]);
    line.run();
    expect(left).toEqual(['a', 'confirm 1', 'confirm 2']);
    expect(take(confirm(PEER, 3, 'journal'))).toEqual([false]);
  });

  it('takes nothing else', () => {
    const reply = outgoing({
      type: 'operator-reply',
      gated: false,
      peer: PEER,
      id: 1,
      outcome: { ok: true, result: null },
    });
    expect(take(publication('a'), reply)).toEqual([true, false]);
  });

  it('drops and counts publications at its bound, and still gives every confirm', () => {
    const large = 8 * 1024 * 1024;
    take(...Array.from({ length: 6 }, (_, index) => publication(`t${index}`, large)), confirm(PEER, 1));
    expect(line.dropped).toBe(2);
    line.flush();
    expect(left).toEqual(['t0', 't1', 't2', 't3', 'confirm 1']);
    expect(take(publication('again', large))).toEqual([true]);
    expect(line.dropped).toBe(2);
  });

  it('empties at once before the doors close', () => {
    costMs = 5;
    take(...Array.from({ length: 100 }, () => publication('a')));
    line.flush();
    expect(left).toHaveLength(100);
    expect(line.length).toBe(0);
  });
});

describe('a publication whose body is unpacked elsewhere', () => {
  it('holds those behind it and their confirms, and then all leave in order', async () => {
    take(publication('a'), publication('away'), publication('b'), confirm(PEER, 1));
    line.run();
    later();
    expect(left).toEqual(['a']);
    expect(line.length).toBe(3);
    arrive(null);
    await unpacking;
    expect(left).toEqual(['a', 'away', 'b', 'confirm 1']);
    expect(line.length).toBe(0);
  });

  it('is dropped and counted when the doors close before its body is here', async () => {
    take(publication('away'), publication('b'));
    line.run();
    line.flush();
    arrive(null);
    await unpacking;
    expect(left).toEqual([]);
    expect(line.dropped).toBe(2);
  });
});
