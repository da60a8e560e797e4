// Requests of a client against a broker's core without sockets is proved by the desk; here it is what the client makes of
// what it hears: replies in order, or an error, and an end in every case.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWire, helloOk } from '../../../internal/testing/client/fake-wire.ts';
import { fakeTime, settle } from '../../../internal/testing/client/producer-world.ts';
import { type Attributes, encodeBlock, encodeDeliver, INBOX_QUEUE_INDEX, TachyonError } from '../../protocol/index.ts';
import type { PublishOptions } from '../publish/message.ts';
import type { PublishReceipt } from '../publish/receipt.ts';
import { type RequestOptions, Requests } from './requests.ts';

beforeEach(fakeTime);
afterEach(() => {
  vi.useRealTimers();
});

const RECEIPT: PublishReceipt = { position: 1, durability: 'disk', duplicate: false, sequence: 1 };

function asking(publish: () => Promise<PublishReceipt> = () => Promise.resolve(RECEIPT)) {
  const wire = new FakeWire();
  const published: PublishOptions[] = [];
  const requests = new Requests({
    name: 'request',
    address: 'fake',
    openLink: wire.open,
    timeoutMs: 1_000,
    reconnect: { initialMs: 10, maxMs: 10, jitter: 0 },
    tell: () => undefined,
    tenant: '',
    clientName: 'test',
    publish: (_topic, _body, options) => {
      published.push(options);
      return publish();
    },
  });
  const open = async (address = '_inbox.a'): Promise<void> => {
    wire.link.say(helloOk({ producer: null }));
    wire.link.say({ type: 'inbox.opened', address, request: null });
    await settle();
  };
  const reply = async (text: string, said: Attributes = {}, of = published.length - 1): Promise<void> => {
    const attributes = { correlation_id: published[of]?.correlationId ?? '', ...said };
    const block = encodeBlock({ topic: '_inbox.a', attributes, body: new TextEncoder().encode(text) });
    const head = { queueIndex: INBOX_QUEUE_INDEX, firstDelivery: 0, deadlineMs: 0 };
    wire.link.receive(encodeDeliver(head, [{ sequence: 0, attempt: 1, returned: 0 }], [block]));
    await settle();
  };
  return { wire, requests, published, open, reply };
}

/** What a request ended with: the texts that were read, and the code of its failure. */
async function read(replies: AsyncIterable<{ text(): string }>): Promise<{ texts: string[]; code: string | null }> {
  const texts: string[] = [];
  try {
    for await (const one of replies) texts.push(one.text());
    return { texts, code: null };
  } catch (error) {
    return { texts, code: (error as TachyonError).code };
  }
}

describe('a request', () => {
  const one = (made: ReturnType<typeof asking>, options: RequestOptions = {}) =>
    made.requests.one('t', 'x', options).then(
      (reply) => reply.text(),
      (error: TachyonError) => error.code,
    );

  it('resolves with the answer of its number, whatever else comes', async () => {
    const made = asking();
    const [first, second] = [one(made), one(made)];
    await made.open();
    expect(made.published).toMatchObject([
      { replyTo: '_inbox.a', replyExpected: true, ttlMs: 5_000 },
      { replyTo: '_inbox.a' },
    ]);
    await made.reply('nobody asked', { correlation_id: 'other' });
    await made.reply('b', {}, 1);
    await made.reply('a', {}, 0);
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
  });

  it.each([
    ['its publish is refused', 'NO_RESPONDERS', () => undefined],
    ['nobody answers', 'TIMEOUT', () => vi.advanceTimersByTime(5_001)],
    ['the connection breaks', 'BROKER_UNREACHABLE', ({ wire }: ReturnType<typeof asking>) => wire.link.break()],
    [
      'the client is closed',
      'CLIENT_CLOSED',
      ({ requests }: ReturnType<typeof asking>) => requests.close(new TachyonError('CLIENT_CLOSED')),
    ],
  ])('ends when %s', async (_, code, happens) => {
    const refused = (): Promise<PublishReceipt> => Promise.reject(new TachyonError('NO_RESPONDERS'));
    const made = asking(code === 'NO_RESPONDERS' ? refused : undefined);
    const answer = one(made);
    await made.open();
    happens(made);
    expect(await answer).toBe(code);
  });

  it('ends in time where no inbox can be had, and says what the answerer said went wrong', async () => {
    const made = asking();
    const answer = one(made, { timeoutMs: 300 });
    await vi.advanceTimersByTimeAsync(301);
    expect(await answer).toBe('TIMEOUT');
    expect(made.published).toEqual([]);
    const failing = one(made);
    await made.open();
    await made.reply('', { reply_error: 'no stock' });
    expect(await failing).toBe('REQUEST_FAILED');
  });

  it('after a reconnect goes with the inbox of the new connection', async () => {
    const made = asking();
    const lost = one(made);
    await made.open();
    made.wire.link.break();
    expect(await lost).toBe('BROKER_UNREACHABLE');
    const next = one(made);
    await vi.advanceTimersByTimeAsync(20);
    await made.open('_inbox.b');
    expect(made.published.at(-1)).toMatchObject({ replyTo: '_inbox.b' });
    await made.reply('again');
    expect(await next).toBe('again');
  });
});

describe('an answer of several replies', () => {
  const started = async (options: RequestOptions = {}) => {
    const made = asking();
    const seen = read(made.requests.many('t', 'x', options));
    await settle();
    await made.open();
    const say = (number: number, final = false): Promise<void> =>
      made.reply(`r${number}`, { reply_sequence: number, reply_final: final });
    return { ...made, seen, say };
  };

  it('is read in its order, to its last', async () => {
    const { seen, say } = await started();
    for (const number of [1, 2, 3]) await say(number, number === 3);
    expect(await seen).toEqual({ texts: ['r1', 'r2', 'r3'], code: null });
  });

  it.each([
    ['one is missing', [1, 3]],
    ['they come out of order', [2, 1]],
    ['one comes twice', [1, 1]],
  ])('ends where %s, behind what came before', async (_, numbers) => {
    const { seen, say } = await started();
    for (const number of numbers) await say(number);
    expect((await seen).code).toBe('REPLIES_LOST');
  });

  it('ends where the next one takes too long, and not before', async () => {
    const { seen, say } = await started({ timeoutMs: 100 });
    for (const number of [1, 2]) {
      vi.advanceTimersByTime(90);
      await say(number);
    }
    vi.advanceTimersByTime(101);
    expect(await seen).toEqual({ texts: ['r1', 'r2'], code: 'TIMEOUT' });
  });

  it('ends where more come than may wait to be read', async () => {
    const made = asking();
    const replies = made.requests.many('t', 'x', { bufferMax: 2 });
    const first = replies.next();
    await settle();
    await made.open();
    for (const number of [1, 2, 3, 4]) await made.reply(`r${number}`, { reply_sequence: number });
    expect((await first).value?.text()).toBe('r1');
    expect(await read(replies)).toEqual({ texts: ['r2', 'r3'], code: 'BUFFER_FULL' });
  });
});
