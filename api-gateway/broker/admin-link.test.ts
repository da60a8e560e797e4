// The conversation with the broker: what is shared, what is bounded, and that it begins again after it broke.

import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { AdminClient } from '../../pkg/client/admin.ts';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { AdminLink } from './admin-link.ts';

const answerSchema = z.looseObject({ n: z.int() });

interface Opening {
  readonly request: (word: string) => Promise<unknown>;
}

function aLink({ request }: Opening) {
  let nowMs = 0;
  let opened = 0;
  let refuses = false;
  const told: (string | null)[] = [];
  const asked: (readonly [string, string | null])[] = [];
  const client: AdminClient = {
    request,
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const link = new AdminLink({
    socketPath: 'admin.sock',
    timeoutMs: 50,
    nowMs: () => nowMs,
    tell: (code) => told.push(code),
    asked: (word, seconds, code) => {
      expect(seconds).toBeGreaterThanOrEqual(0);
      asked.push([word, code]);
    },
    open: () => {
      opened += 1;
      return refuses ? Promise.reject(new TachyonError('BROKER_UNREACHABLE')) : Promise.resolve(client);
    },
  });
  return {
    link,
    pass: (ms: number) => {
      nowMs += ms;
    },
    refuse: (now: boolean) => {
      refuses = now;
    },
    opened: () => opened,
    told,
    asked,
  };
}

function counting() {
  let n = 0;
  return {
    request: () => {
      n += 1;
      return Promise.resolve({ n });
    },
    count: () => n,
  };
}

describe('AdminLink', () => {
  it('asks once for what many ask at the same moment, and again when the moment is over', async () => {
    const broker = counting();
    const { link, pass } = aLink(broker);
    const read = (args: object) => link.read('queues.list', { ...args }, answerSchema);
    const answers = await Promise.all(Array.from({ length: 100 }, () => read({})));
    expect(new Set(answers.map(({ n }) => n))).toEqual(new Set([1]));
    expect(await read({ limit: 1 })).toEqual({ n: 2 });
    pass(201);
    expect(await read({})).toEqual({ n: 3 });
  });

  it('never shares an action, and shows its effect to whoever asks next', async () => {
    const broker = counting();
    const { link } = aLink(broker);
    await link.read('queues.list', {}, answerSchema);
    await Promise.all([link.act('queues.purge', {}, answerSchema), link.act('queues.purge', {}, answerSchema)]);
    expect(broker.count()).toBe(3);
    expect(await link.read('queues.list', {}, answerSchema)).toEqual({ n: 4 });
  });

  it('does not share a refusal', async () => {
    let asked = 0;
    const request = () => {
      asked += 1;
      return asked === 1 ? Promise.reject(new TachyonError('QUEUE_NOT_FOUND')) : Promise.resolve({ n: asked });
    };
    const { link } = aLink({ request });
    await expect(link.read('queues.show', {}, answerSchema)).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND' });
    expect(await link.read('queues.show', {}, answerSchema)).toEqual({ n: 2 });
  });

  it('ends every question, also one that is never answered', async () => {
    const { link } = aLink({ request: () => new Promise(() => undefined) });
    await expect(link.act('status', {}, answerSchema)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('has a bound for open questions, and room again when they end', async () => {
    const { link } = aLink({ request: () => new Promise(() => undefined) });
    const codes = await Promise.all(
      Array.from({ length: 520 }, () => link.act('status', {}, answerSchema).catch(({ code }: TachyonError) => code)),
    );
    expect(codes.filter((code) => code === 'BUSY')).toHaveLength(8);
    await expect(link.act('status', {}, answerSchema)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('opens anew after a broker that was not there, without being told', async () => {
    const { link, refuse, opened } = aLink(counting());
    refuse(true);
    await expect(link.act('status', {}, answerSchema)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
    refuse(false);
    expect(await link.act('status', {}, answerSchema)).toEqual({ n: 1 });
    expect(opened()).toBe(2);
  });

  it('tells once when the broker ceases to answer, and once when it does again', async () => {
    const { link, refuse, told } = aLink(counting());
    const asked = () => link.act('status', {}, answerSchema).catch(() => null);
    refuse(true);
    await asked();
    await asked();
    refuse(false);
    await asked();
    await asked();
    expect(told).toEqual(['BROKER_UNREACHABLE', null]);
  });

  it('tells of each question that the broker was asked, with the code of its failure', async () => {
    const { link, refuse, asked } = aLink(counting());
    refuse(true);
    await link.act('status', {}, answerSchema).catch(() => null);
    refuse(false);
    await Promise.all([link.read('queues.list', {}, answerSchema), link.read('queues.list', {}, answerSchema)]);
    expect(asked).toEqual([
      ['status', 'BROKER_UNREACHABLE'],
      ['queues.list', null],
    ]);
  });

  it('refuses what one word cannot carry, and answers that are not as agreed', async () => {
    const { link } = aLink({ request: () => Promise.resolve({ n: 'one' }) });
    const long = { ids: ['x'.repeat(300_000)] };
    await expect(link.act('dlq.replay', long, answerSchema)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    await expect(link.act('status', {}, answerSchema)).rejects.toMatchObject({ code: 'MALFORMED_CONTROL' });
  });
});
