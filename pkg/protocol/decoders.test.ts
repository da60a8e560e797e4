// Every decoder of the wire, fed random bytes and golden bytes with changes: each gives a typed value or a refusal with
// a code of the catalogue, never throws, and what it accepts is encoded to bytes that mean the same.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressBlockBE } from '../encoding/index.ts';
import { decodeFrames, type Sender } from './abtp1.ts';
import { encodeAcked, encodeConfirm } from './abtp2/confirm.ts';
import { encodeDeliver } from './abtp2/deliver.ts';
import { encodeControlPacket, encodeFetch, encodeFetched, encodeHeartbeat } from './abtp2/flow.ts';
import { PACKET_HEAD_BYTES, PACKET_TYPES, writeHeader } from './abtp2/header.ts';
import { encodePublish } from './abtp2/publish.ts';
import { encodeAck, encodeExtend, encodeNack } from './abtp2/settle.ts';
import { decodeBrokerPacket, decodeClientPacket } from './abtp2.ts';
import { BlockView, checkBlock, encodeBlock } from './block.ts';
import { encodeText, isUtf8, readText, textLength, writeText } from './bytes.ts';
import { decodeBrokerWord, decodeClientWord, encodeBrokerWord, encodeClientWord } from './control.ts';
import { outgoing } from './delivered/facts.ts';
import { isErrorCode } from './errors.ts';
import { deliveryFrames } from './event-json.ts';
import { GOLDEN_BROKER_WORDS, GOLDEN_CLIENT_WORDS } from './golden/words.ts';

const stored = JSON.parse(readFileSync(new URL('./golden/packets.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;
const isBlock = (name: string): boolean => name.startsWith('block');
const golden = (wanted: (name: string) => boolean): Uint8Array[] =>
  Object.entries(stored).flatMap(([name, hex]) => (wanted(name) ? [Uint8Array.from(Buffer.from(hex, 'hex'))] : []));

/** One of `seeds` with some bytes replaced, cut, or grown. */
function mutations(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 255)));
  return fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(change, { maxLength: 5 }),
      fc.option(fc.nat()),
      fc.uint8Array({ maxLength: 8 }),
    )
    .map(([seed, changes, cut, tail]) => {
      const bytes = Uint8Array.from([...seed, ...tail.slice(0, tail.length > 4 ? 0 : tail.length)]);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1));
    });
}

/** Random bytes behind a sound header, so that the decoders of the bodies are reached. */
const headed = fc
  .tuple(fc.constantFrom(...Object.values(PACKET_TYPES)), fc.constantFrom(0, 1), fc.uint8Array({ maxLength: 120 }))
  .map(([type, flags, rest]) => {
    const packet = new Uint8Array(PACKET_HEAD_BYTES + rest.length);
    writeHeader(packet, 0, type, flags);
    packet.set(rest, PACKET_HEAD_BYTES);
    return packet;
  });

const packets = fc.oneof(mutations(golden((name) => !isBlock(name))), headed, fc.uint8Array({ maxLength: 64 }));
const RUNS = 5000;

/** The check throws or it holds; what it returns means nothing. */
function holds<T>(values: fc.Arbitrary<T>, check: (value: T) => unknown): void {
  fc.assert(
    fc.property(values, (value) => {
      check(value);
    }),
    { numRuns: RUNS },
  );
}

function expectRefusal(refusal: { readonly error: string; readonly detail: string }): void {
  expect(isErrorCode(refusal.error)).toBe(true);
  expect(refusal.detail.length).toBeLessThan(500);
}

const slices = (bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] =>
  offsets.map((offset, i) => bytes.subarray(offset, offsets[i + 1] ?? bytes.length));

describe('abtp/2', () => {
  it('a client packet is refused, or is the bytes that its meaning is encoded to', () => {
    holds(packets, (bytes) => {
      const packet = decodeClientPacket(bytes);
      switch (packet.type) {
        case 'refused':
          return expectRefusal(packet);
        case 'publish':
          return expect(
            encodePublish(packet.firstSequence, packet.count, slices(bytes, packet.offsets), packet.atomic),
          ).toEqual(bytes);
        case 'ack':
          return expect(encodeAck(packet.deliveries, packet.request)).toEqual(bytes);
        case 'nack':
          return expect(encodeNack(packet.items, packet.request)).toEqual(bytes);
        case 'extend':
          return expect(encodeExtend(packet.deliveries, packet.extendMs, packet.request)).toEqual(bytes);
        case 'fetch':
          return expect(encodeFetch(packet.count, packet.waitMs, packet.request)).toEqual(bytes);
        case 'heartbeat':
          return expect(encodeHeartbeat()).toEqual(bytes);
        case 'control':
          return expect(encodeControlPacket(packet.json)).toEqual(bytes);
      }
    });
  });

  it('a broker packet is refused, or means the same once encoded again', () => {
    holds(packets, (bytes) => {
      const packet = decodeBrokerPacket(bytes);
      switch (packet.type) {
        case 'refused':
          return expectRefusal(packet);
        case 'confirm':
          return expect(decodeBrokerPacket(encodeConfirm(packet))).toEqual(packet);
        case 'deliver':
          return expect(encodeDeliver(packet, packet.items, slices(bytes, packet.offsets))).toEqual(bytes);
        case 'acked':
          return expect(decodeBrokerPacket(encodeAcked(packet.request, packet.position, packet.refused))).toEqual(
            packet,
          );
        case 'fetched':
          return expect(encodeFetched(packet)).toEqual(bytes);
        case 'heartbeat':
          return expect(encodeHeartbeat()).toEqual(bytes);
        case 'control':
          return expect(encodeControlPacket(packet.json)).toEqual(bytes);
      }
    });
  });

  it('a huge count in a small packet costs nothing', () => {
    for (const type of Object.values(PACKET_TYPES)) {
      const packet = new Uint8Array(64).fill(0xff);
      writeHeader(packet, 0, type);
      packet.fill(0, 8, 12);
      expect(decodeClientPacket(packet).type === 'refused' || type === PACKET_TYPES.control).toBe(true);
      expect(decodeBrokerPacket(packet).type === 'refused' || type === PACKET_TYPES.control).toBe(true);
    }
  });
});

describe('blocks', () => {
  it('a block that is accepted can be read and delivered in every form', () => {
    const about = { tenant: '', acceptedAtMs: 1, sequence: 1 };
    const facts = { deliveryId: 1, attempt: 1, returned: 0, leaseDeadlineMs: 1, queue: 'q' };
    holds(mutations(golden(isBlock)), (bytes) => {
      const fault = checkBlock(bytes, 0, bytes.length);
      if (fault !== null) return expect(isErrorCode(fault)).toBe(true);
      const block = new BlockView(bytes);
      const message = outgoing(block, about);
      expect(message.topic.length).toBeGreaterThan(0);
      for (const form of ['frames', 'envelope', 'event'] as const) {
        for (const hasHello of [true, false]) deliveryFrames(form, hasHello, message, facts);
      }
      return expect(block.length).toBeLessThanOrEqual(bytes.length);
    });
  });

  it('what is encoded is read back', () => {
    const parts = fc.record({
      topic: fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).filter((topic) => textLength(topic) <= 255),
      messageId: fc.string({ maxLength: 60, unit: 'grapheme' }).filter((id) => textLength(id) <= 255),
      attributes: fc.record({ headers: fc.dictionary(fc.string(), fc.string()) }),
      body: fc.uint8Array({ maxLength: 100 }),
    });
    holds(fc.tuple(parts, fc.nat(40)), ([block, at]) => {
      const written = encodeBlock(block, new Uint8Array(4096), at);
      expect(checkBlock(written, 0, written.length)).toBeNull();
      const { topic, messageId, attributes, body } = new BlockView(written);
      expect([topic, messageId]).toEqual([block.topic, block.messageId]);
      expect(attributes).toEqual(block.attributes);
      expect(Uint8Array.from(body)).toEqual(block.body);
    });
  });
});

describe('control words', () => {
  const mutated = (words: readonly { readonly json: string }[]) =>
    fc.oneof(
      mutations(words.map(({ json }) => encodeText(json))),
      fc.json().map(encodeText),
      fc.uint8Array({ maxLength: 60 }),
    );

  it('a word of a client is refused, or means the same once encoded again', () => {
    holds(mutated(GOLDEN_CLIENT_WORDS), (bytes) => {
      const word = decodeClientWord(bytes);
      return word.type === 'refused'
        ? expectRefusal(word)
        : expect(decodeClientWord(encodeClientWord(word))).toEqual(word);
    });
  });

  it('a word of the broker is refused, or means the same once encoded again', () => {
    holds(mutated(GOLDEN_BROKER_WORDS), (bytes) => {
      const word = decodeBrokerWord(bytes);
      return word.type === 'refused'
        ? expectRefusal(word)
        : expect(decodeBrokerWord(encodeBrokerWord(word))).toEqual(word);
    });
  });

  it('a deep nest of brackets is refused, not followed', () => {
    const deep = encodeText(
      `{"type":"admin.request","id":1,"word":"x","args":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    );
    expect(['admin.request', 'refused']).toContain(decodeClientWord(deep).type);
    expect(decodeClientWord(encodeText('['.repeat(200_000)))).toMatchObject({
      type: 'refused',
      error: 'MALFORMED_CONTROL',
    });
  });
});

describe('abtp/1', () => {
  const texts = [
    '{"ID":"e","Topic":"t","Data":"x","timestamp":"2026-01-01T00:00:00Z"}',
    '{"spec_version":"abtp/1","message_id":"m","producer_id":"p","topic":"t","payload":1,"timestamp_unix_ms":1,"headers":{"a":"b"}}',
    '{"form":"event","message_id":"m","headers":{"k":1},"priority":3,"compression":"lz4"}',
    ...GOLDEN_CLIENT_WORDS.map(({ json }) => json),
  ].map((text) => encodeText(text));
  const topic = fc.constantFrom(...['', 'a.b', '_control', '*', 'a..b'].map(encodeText));
  const frame = fc.oneof(mutations(texts), fc.uint8Array({ maxLength: 40 }), topic);
  const frames = fc.oneof(
    fc.array(frame, { maxLength: 6 }),
    fc.tuple(topic, frame, frame),
    fc.tuple(fc.constant(new Uint8Array(0)), topic, frame, frame),
  );
  const senders: fc.Arbitrary<Sender> = fc.record({
    bodyForm: fc.constantFrom(null, 'raw', 'event', 'envelope'),
    legacyBodies: fc.boolean(),
    decompress: fc.constant(decompressBlockBE),
  });

  it('any frames of any peer give a typed value, and a publish makes a sound block', () => {
    holds(fc.tuple(frames, senders), ([sent, sender]) => {
      const input = decodeFrames(sent, sender);
      if (input.type === 'refused') expectRefusal(input);
      if (input.type !== 'publish') return;
      const block = encodeBlock(input);
      expect(checkBlock(block, 0, block.length)).toBeNull();
    });
  });
});

describe('text', () => {
  it('exactly the well-formed is accepted', () => {
    const strict = new TextDecoder('utf-8', { fatal: true });
    const isWellFormed = (bytes: Uint8Array): boolean => {
      try {
        strict.decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    const edges = fc.constantFrom(
      0x00,
      0x7f,
      0x80,
      0xbf,
      0xc1,
      0xc2,
      0xe0,
      0x9f,
      0xa0,
      0xed,
      0xef,
      0xf0,
      0x8f,
      0x90,
      0xf4,
      0xf5,
      0xff,
    );
    holds(
      fc.array(edges, { maxLength: 6 }).map((list) => Uint8Array.from(list)),
      (bytes) => {
        expect(isUtf8(bytes, 0, bytes.length)).toBe(isWellFormed(bytes));
      },
    );
  });

  it('length, writer and reader agree with the platform', () => {
    holds(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const expected = Buffer.from(text, 'utf8');
      expect(textLength(text)).toBe(expected.length);
      const bytes = new Uint8Array(expected.length);
      expect(writeText(text, bytes, 0)).toBe(expected.length);
      expect(Buffer.from(bytes)).toEqual(expected);
      expect(readText(bytes, 0, bytes.length)).toBe(expected.toString('utf8'));
    });
  });
});
