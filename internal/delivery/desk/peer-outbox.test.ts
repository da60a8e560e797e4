// What one peer can cost, by an outbox over a transport that takes what the test lets it take.

import { describe, expect, it } from 'vitest';
import type { ConfirmException } from '../../../pkg/protocol/abtp2/confirm.ts';
import { CONFIRM_EXCEPTIONS_MAX, SILENT_REPLY_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import type { Frames, SendResult } from '../transport.ts';
import { type ConfirmRun, PeerOutbox } from './peer-outbox.ts';

const bytes = (length: number): Uint8Array => new Uint8Array(length);
const duplicates = (from: number, count: number): ConfirmException[] =>
  Array.from({ length: count }, (_, i) => ({ sequence: from + i, duplicate: true }) as const);

/** An outbox over a transport that takes what the test lets it take. */
function anOutbox() {
  const sent: Frames[] = [];
  const runs: ConfirmRun[] = [];
  const seen = { result: 'accepted' as SendResult, dropped: 0, lost: 0, taken: Number.POSITIVE_INFINITY };
  const outbox = new PeerOutbox(
    (frames) => {
      if (seen.result !== 'accepted') return seen.result;
      if (seen.taken === 0) return 'full';
      seen.taken -= 1;
      sent.push(frames);
      return 'accepted';
    },
    (run) => {
      runs.push(run);
      return [bytes(32 + run.exceptions.length * 16)];
    },
    { dropped: () => (seen.dropped += 1), lost: (messages) => (seen.lost += messages) },
  );
  const stop = (): void => {
    seen.taken = 0;
    outbox.reply([bytes(1)], false);
  };
  return { outbox, sent, runs, seen, stop };
}

describe('the run of confirms', () => {
  it('leaves at the end of the turn, once', () => {
    const { outbox, runs } = anOutbox();
    outbox.confirm(3, 7, 'disk', []);
    outbox.confirm(9, 8, 'disk', duplicates(5, 1));
    outbox.flush();
    outbox.flush();
    expect(runs).toEqual([{ through: 9, position: 8, durability: 'disk', exceptions: duplicates(5, 1) }]);
  });

  it('ends where the durability changes', () => {
    const { outbox, runs } = anOutbox();
    outbox.confirm(1, 7, 'disk', []);
    outbox.confirm(2, 0, 'none', []);
    outbox.flush();
    expect(runs.map(({ through, durability }) => [through, durability])).toEqual([
      [1, 'disk'],
      [2, 'none'],
    ]);
  });

  it('goes on over publishes that were all refused, whatever its durability', () => {
    const { outbox, runs } = anOutbox();
    const refused = (sequence: number): ConfirmException[] => [
      { sequence, duplicate: false, code: 'UNROUTABLE', detail: '', retryAfterMs: 0 },
    ];
    outbox.confirm(1, 0, null, refused(1));
    outbox.confirm(2, 7, 'disk', []);
    outbox.confirm(3, 0, null, refused(3));
    outbox.flush();
    expect(runs).toMatchObject([{ through: 3, position: 7, durability: 'disk' }]);
  });

  it('leaves behind the replies of its turn', () => {
    const { outbox, sent } = anOutbox();
    outbox.confirm(5, 7, 'disk', []);
    outbox.reply([bytes(3)], false);
    outbox.flush();
    expect(sent.map(([frame]) => frame?.length)).toEqual([3, 32]);
  });

  it('never holds more exceptions than one message may, and loses none', () => {
    const { outbox, runs } = anOutbox();
    outbox.confirm(3_000, 7, 'disk', duplicates(1, 3_000));
    outbox.flush();
    expect(runs.map(({ exceptions }) => exceptions.length)).toEqual([1_024, 1_024, 952]);
    expect(runs.map(({ through }) => through)).toEqual([1_024, 2_048, 3_000]);
    expect(runs.every(({ position }) => position === 7)).toBe(true);
  });

  it('is one run and a bounded number of exceptions for a peer that does not read', () => {
    const { outbox, runs, stop } = anOutbox();
    stop();
    for (let turn = 1; turn <= 1_000; turn += 1) {
      outbox.confirm(turn, turn, 'disk', duplicates(turn, 1));
      outbox.flush();
    }
    expect([outbox.overrun, runs.length]).toEqual([false, 0]);
    outbox.confirm(1_100, 1_100, 'disk', duplicates(1_001, CONFIRM_EXCEPTIONS_MAX - 999));
    expect(outbox.overrun).toBe(true);
  });

  it('counts as waiting where it could not leave, so that changing durability buys nothing', () => {
    const { outbox, stop } = anOutbox();
    stop();
    let turns = 0;
    while (!outbox.overrun && turns < 100_000) {
      turns += 1;
      outbox.confirm(turns, turns, turns % 2 === 0 ? 'disk' : 'none', []);
      outbox.flush();
    }
    expect(outbox.overrun).toBe(true);
    expect(outbox.bytes).toBeLessThanOrEqual(1024 * 1024);
  });
});

describe('replies that wait', () => {
  it('are dropped and counted at the bound of a silent peer, which is not ended', () => {
    const { outbox, seen, stop } = anOutbox();
    stop();
    for (let i = 0; i < 200; i += 1) outbox.reply([bytes(1_000)], true);
    expect(outbox.bytes).toBeLessThanOrEqual(SILENT_REPLY_BYTES_MAX);
    expect(seen.dropped).toBe(200 - 65);
    expect(outbox.overrun).toBe(false);
  });

  it('end a peer that said hello, at a bound of their own', () => {
    const { outbox, seen, stop } = anOutbox();
    stop();
    for (let i = 0; i < 2_000; i += 1) outbox.reply([bytes(1_000)], false);
    expect([outbox.overrun, seen.dropped]).toEqual([true, 0]);
    expect(outbox.bytes).toBeLessThanOrEqual(1024 * 1024);
  });

  it('stay counted when a peer reads one message and stops again', () => {
    const { outbox, seen, stop } = anOutbox();
    stop();
    for (let i = 0; i < 5_000 && !outbox.overrun; i += 1) {
      outbox.reply([bytes(1_000)], false);
      if (i % 2 === 0) {
        seen.taken = 1;
        outbox.drained();
      }
    }
    expect(outbox.overrun).toBe(true);
    expect(outbox.bytes).toBeLessThanOrEqual(1024 * 1024);
  });

  it('leave in their order when there is room, and cost nothing then', () => {
    const { outbox, seen, sent, stop } = anOutbox();
    stop();
    outbox.reply([bytes(2)], false);
    outbox.deliver([bytes(3)], 0);
    outbox.reply([bytes(4)], false);
    seen.taken = Number.POSITIVE_INFINITY;
    outbox.drained();
    expect(sent.map(([frame]) => frame?.length)).toEqual([1, 2, 3, 4]);
    expect([outbox.bytes, outbox.full]).toEqual([0, false]);
  });

  it('are let go when the peer is', () => {
    const { outbox, seen, stop } = anOutbox();
    stop();
    outbox.deliver([bytes(1_000)], 0);
    seen.result = 'gone';
    outbox.drained();
    expect([outbox.gone, outbox.bytes]).toEqual([true, 0]);
  });
});

describe('deliveries that wait', () => {
  it('are kept whatever they cost: their bound is the window', () => {
    const { outbox, stop } = anOutbox();
    stop();
    outbox.deliver([bytes(4 * 1024 * 1024)], 0);
    expect([outbox.bytes, outbox.overrun]).toEqual([4 * 1024 * 1024 + 1, false]);
  });
});

describe('deliveries that are kept nowhere else', () => {
  it('are counted as lost when the peer is gone, is forgotten, or was gone before', () => {
    const { outbox, seen, stop } = anOutbox();
    outbox.deliver([bytes(3)], 1);
    stop();
    outbox.deliver([bytes(3)], 5);
    outbox.deliver([bytes(3)], 0);
    expect(seen.lost).toBe(0);
    outbox.abandon();
    expect(seen.lost).toBe(5);
    outbox.abandon();
    outbox.deliver([bytes(3)], 2);
    expect(seen.lost).toBe(7);
  });

  it('count once when the transport finds the peer gone', () => {
    const { outbox, seen } = anOutbox();
    seen.result = 'full';
    outbox.deliver([bytes(3)], 1);
    outbox.deliver([bytes(3)], 2);
    seen.result = 'gone';
    outbox.drained();
    expect(seen.lost).toBe(3);
  });
});
