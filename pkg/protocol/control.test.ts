// Control words: golden JSON both ways, the earlier system's forms, and refusals with the right code.

import { describe, expect, it } from 'vitest';
import { encodeText, readText } from './bytes.ts';
import { agreeVersion } from './control/hello.ts';
import { errorWord } from './control/replies.ts';
import {
  BROKER_WORD_TYPES,
  CLIENT_WORD_TYPES,
  type ClientWord,
  decodeBrokerWord,
  decodeClientWord,
  encodeBrokerWord,
  encodeClientWord,
} from './control.ts';
import { ERRORS } from './errors.ts';
import { GOLDEN_BROKER_WORDS, GOLDEN_CLIENT_WORDS } from './golden/words.ts';
import { ITEMS_MAX } from './limits.ts';

const decode = (json: unknown) => decodeClientWord(encodeText(JSON.stringify(json)));
const textOf = (bytes: Uint8Array): string => readText(bytes, 0, bytes.length);

describe('golden words', () => {
  it.each(GOLDEN_CLIENT_WORDS)('$json', ({ json, word }) => {
    expect(decodeClientWord(encodeText(json))).toEqual(word);
    expect(textOf(encodeClientWord(word))).toBe(json);
  });

  it.each(GOLDEN_BROKER_WORDS)('$json', ({ json, word }) => {
    expect(decodeBrokerWord(encodeText(json))).toEqual(word);
    expect(textOf(encodeBrokerWord(word))).toBe(json);
  });

  it('cover every word', () => {
    expect(new Set(GOLDEN_CLIENT_WORDS.map(({ word }) => word.type))).toEqual(new Set(CLIENT_WORD_TYPES));
    expect(new Set(GOLDEN_BROKER_WORDS.map(({ word }) => word.type))).toEqual(new Set(BROKER_WORD_TYPES));
  });
});

describe('forms of the earlier system', () => {
  it('a register with all its capabilities and unknown fields is read', () => {
    const word = decode({
      type: 'consumer.register',
      tenant_id: 't',
      consumer_id: 'node-1',
      mode: 'direct',
      subscriptions: ['user.created'],
      capabilities: {
        supports_ack: false,
        supports_compression: ['lz4'],
        supports_codec: ['json'],
        resumable: true,
        max_inflight: -1,
      },
      region: 'eu',
    });
    expect(word).toMatchObject({
      type: 'consumer.register',
      tenantId: 't',
      queue: null,
      form: null,
      window: null,
      capabilities: { supportsAck: false, resumable: true, maxInflight: -1 },
    });
  });

  it('a nack says retryable in two ways, and anything else dead-letters with the status as reason', () => {
    const status = (text: string) => {
      const word = decode({ type: 'nack', message_id: 'm', consumer_id: 'c', status: text }) as ClientWord & {
        type: 'nack';
      };
      return [word.items[0]?.status, word.items[0]?.reason];
    };
    expect(status('retryable')).toEqual(['retryable', '']);
    expect(status('retryable_error')).toEqual(['retryable', 'retryable_error']);
    expect(status('validation_failed')).toEqual(['terminal', 'validation_failed']);
    expect(status('returned')).toEqual(['returned', '']);
    expect(decode({ type: 'nack', message_id: 'm' })).toMatchObject({ items: [{ status: 'terminal', reason: '' }] });
  });

  it('an ack with documented but unused fields and an empty session id is read', () => {
    const word = decode({ type: 'ack', message_id: 'm', consumer_id: 'c', session_id: '', processed_at: '2026-01-01' });
    expect(word).toMatchObject({ items: [{ messageId: 'm', consumerId: 'c', sessionId: null, deliveryId: null }] });
  });
});

describe('lists', () => {
  it('entries take from the word what they do not say themselves', () => {
    const word = decode({
      type: 'nack',
      consumer_id: 'c',
      status: 'retryable',
      delay_ms: 9,
      messages: [{ delivery_id: 1 }, { delivery_id: '2', status: 'terminal', reason: 'bad', delay_ms: 0 }],
    });
    expect(word).toMatchObject({
      items: [
        { deliveryId: 1, consumerId: 'c', status: 'retryable', delayMs: 9 },
        { deliveryId: 2, consumerId: 'c', status: 'terminal', reason: 'bad', delayMs: 0 },
      ],
    });
  });

  it('a single settlement and a list of one are the same', () => {
    expect(decode({ type: 'ack', messages: [{ delivery_id: '8' }] })).toEqual(decode({ type: 'ack', delivery_id: 8 }));
  });
});

describe('refusals', () => {
  it.each([
    [{ type: 'consumer.register' }, 'MALFORMED_CONTROL', 'consumer_id'],
    [{ type: 'consumer.register', consumer_id: 7 }, 'MALFORMED_CONTROL', 'consumer_id'],
    [{ type: 'consumer.register', consumer_id: 'x'.repeat(256) }, 'INVALID_ARGUMENT', 'consumer_id'],
    [{ type: 'consumer.register', consumer_id: 'c', form: 'xml' }, 'INVALID_ARGUMENT', 'form'],
    [{ type: 'consumer.register', consumer_id: 'c', subscriptions: ['a', 1] }, 'MALFORMED_CONTROL', 'subscriptions[1]'],
    [{ type: 'consumer.register', consumer_id: 'c', window: { messages: -1 } }, 'INVALID_ARGUMENT', 'window.messages'],
    [{ type: 'consumer.fetch', consumer_id: 'c', count: 0 }, 'INVALID_ARGUMENT', 'count'],
    [{ type: 'consumer.fetch', consumer_id: 'c', count: 1.5 }, 'MALFORMED_CONTROL', 'count'],
    [{ type: 'ack' }, 'MALFORMED_CONTROL', 'delivery_id'],
    [{ type: 'ack', delivery_id: '-1' }, 'MALFORMED_CONTROL', 'delivery_id'],
    [{ type: 'ack', delivery_id: '9007199254740993' }, 'MALFORMED_CONTROL', 'delivery_id'],
    [{ type: 'ack', messages: [] }, 'MALFORMED_CONTROL', 'messages'],
    [{ type: 'ack', messages: {} }, 'MALFORMED_CONTROL', 'messages'],
    [{ type: 'ack', messages: [1] }, 'MALFORMED_CONTROL', 'messages[0]'],
    [
      { type: 'ack', messages: Array.from({ length: ITEMS_MAX + 1 }, () => 0) },
      'TOO_MANY_ITEMS',
      String(ITEMS_MAX + 1),
    ],
    [{ type: 'extend', delivery_id: 1, extend_ms: 1e12 }, 'INVALID_ARGUMENT', 'extend_ms'],
    [{ type: 'hello', versions: 'abtp/1' }, 'MALFORMED_CONTROL', 'versions'],
    [{ type: 'hello', producer: { id: 1 } }, 'MALFORMED_CONTROL', 'producer.token'],
    [{ type: 'toString' }, 'UNKNOWN_CONTROL', 'toString'],
    [{ type: 'publish.confirmed' }, 'UNKNOWN_CONTROL', 'publish.confirmed'],
    [{}, 'MALFORMED_CONTROL', 'type'],
    [[], 'MALFORMED_CONTROL', 'type'],
  ])('%j', (json, error, detail) => {
    const refused = decode(json);
    expect(refused).toMatchObject({ type: 'refused', error });
    expect((refused as { detail: string }).detail).toContain(detail);
  });

  it('a control message beyond its bound is not parsed', () => {
    const big = encodeText(`{"type":"heartbeat","x":"${'x'.repeat(256 * 1024)}"}`);
    expect(decodeClientWord(big)).toMatchObject({ type: 'refused', error: 'FRAME_TOO_LARGE' });
  });

  it('bytes that are not UTF-8 are refused, not repaired', () => {
    const bytes = encodeText('{"type":"heartbeat","x":"?"}');
    bytes[bytes.indexOf(0x3f)] = 0xff;
    expect(decodeClientWord(bytes)).toMatchObject({ type: 'refused', error: 'MALFORMED_CONTROL' });
  });
});

it('the highest common version is agreed, and none is told apart', () => {
  expect(agreeVersion([1, 2, 3])).toBe(2);
  expect(agreeVersion([1])).toBe(1);
  expect(agreeVersion([3])).toBeNull();
});

it('an error word says what the catalogue says', () => {
  expect(errorWord('BUSY', { detail: 'queue orders', retryAfterMs: 250, sequence: 4 })).toEqual({
    type: 'error',
    code: 'BUSY',
    message: `${ERRORS.BUSY.sentence} queue orders`,
    messageId: '',
    retryable: true,
    retryAfterMs: 250,
    sequence: 4,
    deliveryId: null,
    request: null,
  });
});

it('a code from a newer broker is read as INTERNAL', () => {
  const json = '{"type":"error","code":"FROM_THE_FUTURE","message":"?","retryable":true}';
  expect(decodeBrokerWord(encodeText(json))).toMatchObject({ type: 'error', code: 'INTERNAL', retryable: true });
});
