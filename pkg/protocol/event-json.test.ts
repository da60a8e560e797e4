// Deliveries in the three forms: what leaves byte for byte, what is built, and where the facts of the delivery travel.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEnvelope } from './abtp1/envelope.ts';
import { readEvent } from './abtp1/event.ts';
import type { Attributes } from './attributes.ts';
import { type Block, BlockView, COMPRESSION_LZ4, encodeBlock, FORM_ENVELOPE, FORM_EVENT } from './block.ts';
import { encodeText, readText } from './bytes.ts';
import { type DeliveryFacts, messageName, outgoing } from './delivered/facts.ts';
import { base64Json, valueIn, withKeys } from './delivered/json-bytes.ts';
import { deliveryFrames, fanoutFrames } from './event-json.ts';
import type { JsonObject } from './json.ts';

const FACTS: DeliveryFacts = {
  deliveryId: 42,
  attempt: 2,
  returned: 1,
  leaseDeadlineMs: 1_764_000_030_000.5,
  queue: 'orders',
};
const KEYS = { delivery_id: '42', attempt: 2, lease_deadline_unix_ms: 1_764_000_030_000 };
const ABOUT = { tenant: '', acceptedAtMs: 1_764_000_000_000.25, sequence: 12 };

const textOf = (bytes: Uint8Array | undefined): string => (bytes === undefined ? '' : readText(bytes, 0, bytes.length));
const jsonOf = (bytes: Uint8Array | undefined): JsonObject => JSON.parse(textOf(bytes)) as JsonObject;
const message = (block: Partial<Block>, plain?: Uint8Array) =>
  outgoing(new BlockView(encodeBlock({ topic: 'a.b', body: encodeText('{"n":1.0}'), ...block })), ABOUT, plain);

describe('the form frames', () => {
  it('gives the body byte for byte and everything else as meta', () => {
    const sent = message({ messageId: 'm', attributes: { correlation_id: 'c', headers: { k: 'v' } } });
    const frames = deliveryFrames('frames', true, sent, FACTS);
    expect(frames.slice(0, 3).map(textOf)).toEqual(['', 'a.b', '{"n":1.0}']);
    expect(jsonOf(frames[3])).toEqual({
      ...KEYS,
      returned: 1,
      queue: 'orders',
      correlation_id: 'c',
      headers: { k: 'v' },
      message_id: 'm',
      form: 'raw',
      accepted_at_unix_ms: 1_764_000_000_000,
      sequence: 12,
    });
  });
});

describe('the form event', () => {
  const event = '{"ID":"e1", "Data":{"big":12345678901234567890}, "extra":1.0}\n';
  const came = message({ form: FORM_EVENT, messageId: 'e1', body: encodeText(event) });

  it('after hello: byte for byte, with the facts in the fourth frame', () => {
    const frames = deliveryFrames('event', true, came, FACTS);
    expect(frames).toHaveLength(4);
    expect(textOf(frames[2])).toBe(event);
    expect(jsonOf(frames[3])).toMatchObject({ ...KEYS, form: 'event' });
  });

  it('without hello: three frames, the facts before the closing brace, every other byte as it was', () => {
    const frames = deliveryFrames('event', false, came, FACTS);
    expect(frames).toHaveLength(3);
    const keys = ',"delivery_id":"42","attempt":2,"lease_deadline_unix_ms":1764000030000';
    expect(textOf(frames[2])).toBe(event.replace('1.0}', `1.0${keys}}`));
  });

  it('an event without an id gets the name by which it can be acked', () => {
    const frames = deliveryFrames('event', false, message({ form: FORM_EVENT, body: encodeText(' {} ') }), FACTS);
    expect(textOf(frames[2])).toBe(
      ' {"ID":"#12","delivery_id":"42","attempt":2,"lease_deadline_unix_ms":1764000030000} ',
    );
    expect(messageName('', 12)).toBe('#12');
  });

  it('is built around raw bytes with every key of the earlier system', () => {
    const sent = message({
      body: Uint8Array.of(0, 255),
      attributes: { source: 's', timestamp_unix_ms: 1_764_000_000_123 },
    });
    expect(jsonOf(deliveryFrames('event', false, sent, FACTS)[2])).toEqual({
      ID: '#12',
      Topic: 'a.b',
      tenant_id: '',
      Source: 's',
      timestamp: '2025-11-24T16:00:00.123Z',
      deliver_at: '0001-01-01T00:00:00Z',
      priority: '',
      Data: 'AP8=',
      DataContentType: '',
      DataSchema: '',
      SpecVersion: 'abtp/1',
      DataEncoding: 'base64',
      ...KEYS,
    });
  });

  it('holds JSON as a value, in the bytes of the producer, where the content type says JSON and it parses', () => {
    const attributes = { content_type: 'application/json; charset=utf-8' };
    const json = textOf(fanoutFrames('event', message({ attributes }))[1]);
    expect(json).toContain('"Data":{"n":1.0},');
    expect(json).not.toContain('delivery_id');
    const broken = jsonOf(fanoutFrames('event', message({ attributes, body: encodeText('{"n":') }))[1]);
    expect(broken).toMatchObject({ Data: 'eyJuIjo=', DataEncoding: 'base64' });
  });

  it('takes the payload out of an envelope without touching its numbers', () => {
    const body = encodeText('{"payload":1,"payload" : {"big":12345678901234567890} ,"topic":"a"}');
    expect(textOf(fanoutFrames('event', message({ form: FORM_ENVELOPE, body }))[1])).toContain(
      '"Data":{"big":12345678901234567890},',
    );
    const packed = encodeText('{"payload_base64":"AP8="}');
    expect(jsonOf(fanoutFrames('event', message({ form: FORM_ENVELOPE, body: packed }))[1])).toMatchObject({
      Data: 'AP8=',
      DataEncoding: 'base64',
    });
  });

  it('wraps what only claims to be an event', () => {
    const sent = message({ form: FORM_EVENT, body: encodeText('no object') });
    expect(jsonOf(deliveryFrames('event', false, sent, FACTS)[2])).toMatchObject({ DataEncoding: 'base64', ...KEYS });
  });

  it('says when the message was due, however its producer said it', () => {
    const dueIn = (attributes: Attributes) => jsonOf(fanoutFrames('event', message({ attributes }))[1])['deliver_at'];
    const noon = '2030-01-01T12:00:00.000Z';
    expect(dueIn({})).toBe('0001-01-01T00:00:00Z');
    expect(dueIn({ deliver_at: '2030-01-01T13:00:00+01:00' })).toBe(noon);
    expect(dueIn({ headers: { deliver_at_unix_ms: String(Date.parse(noon)) } })).toBe(noon);
    expect(dueIn({ delay_ms: 1_500 })).toBe(new Date(Math.floor(ABOUT.acceptedAtMs) + 1_500).toISOString());
    expect(dueIn({ ttl_ms: 5 })).toBe('0001-01-01T00:00:00Z');
    expect(dueIn({ deliver_at: 'soon' })).toBe('0001-01-01T00:00:00Z');
    expect(dueIn({ deliver_at_unix_ms: Number.MAX_SAFE_INTEGER })).toBe('0001-01-01T00:00:00Z');
  });

  it('what was built is read as an event again', () => {
    expect(readEvent(jsonOf(fanoutFrames('event', message({ messageId: 'm' }))[1]))).toMatchObject({ messageId: 'm' });
  });
});

describe('the form envelope', () => {
  it('is a valid envelope around raw bytes and JSON alike', () => {
    const attributes = { content_type: 'text/json', producer_id: 'p', correlation_id: 'c' };
    const [, , json] = deliveryFrames('envelope', true, message({ messageId: 'm', attributes }), FACTS);
    expect(readEnvelope({ ...jsonOf(json), attempt: 0 })).toMatchObject({ messageId: 'm' });
    expect(jsonOf(json)).toMatchObject({
      ...KEYS,
      payload: { n: 1 },
      headers: { content_type: 'text/json' },
      correlation_id: 'c',
    });
    const rawFrames = deliveryFrames('envelope', true, message({ body: Uint8Array.of(0, 255) }), FACTS);
    expect(jsonOf(rawFrames[2])).toMatchObject({ payload_base64: 'AP8=', message_id: '#12' });
    expect(rawFrames).toHaveLength(3);
  });

  it('says the times of a message as its producer did', () => {
    const attributes = { ttl_ms: 9, deliver_at: '2030-01-01T12:00:00Z', headers: { delay_ms: '' } };
    const [, , json] = deliveryFrames('envelope', true, message({ attributes }), FACTS);
    expect(jsonOf(json)).toMatchObject(attributes);
    expect(jsonOf(json)).not.toHaveProperty('delay_ms');
  });

  it('leaves an envelope as it came, with the facts added', () => {
    const body = encodeText('{"spec_version":"abtp/1","attempt":1}');
    const [, , json] = deliveryFrames('envelope', true, message({ form: FORM_ENVELOPE, body }), FACTS);
    expect(textOf(json)).toMatch(/^\{"spec_version":"abtp\/1","attempt":1,"delivery_id"/);
    expect(jsonOf(json)['attempt']).toBe(2);
  });
});

it('a compressed body leaves plain, or says that it could not be', () => {
  const block = { body: Uint8Array.of(1, 2, 3), compression: COMPRESSION_LZ4 } as const;
  const plain = deliveryFrames('frames', true, message(block, encodeText('plain')), FACTS);
  expect(textOf(plain[2])).toBe('plain');
  expect(jsonOf(plain[3])['compression']).toBeUndefined();
  expect(jsonOf(deliveryFrames('frames', true, message(block), FACTS)[3])['compression']).toBe('lz4');
  expect(jsonOf(deliveryFrames('event', false, message(block), FACTS)[2])).toMatchObject({
    Data: 'AQID',
    DataCompression: 'lz4',
  });
});

describe('JSON as bytes', () => {
  it('base64 is what everybody else calls base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(textOf(base64Json(bytes))).toBe(`"${Buffer.from(bytes).toString('base64')}"`);
      }),
    );
  });

  it('a value found in an object is the value that a parser finds there', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 8 }),
        fc.constantFrom(0, 1, 2),
        (object, indent) => {
          const bytes = encodeText(JSON.stringify(object, null, indent));
          const parsed = JSON.parse(textOf(bytes)) as JsonObject;
          for (const key of Object.keys(parsed)) {
            const found = valueIn(bytes, (name) => name === key);
            expect(JSON.parse(textOf(found ?? undefined))).toEqual(parsed[key]);
          }
          expect(valueIn(bytes, () => false)).toBeNull();
        },
      ),
    );
  });

  it('keys added to an object are there for a parser, and win over older ones', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }),
        fc.constantFrom(0, 2),
        (object, indent) => {
          const added = withKeys(encodeText(JSON.stringify(object, null, indent)), '"attempt":2');
          const expected = { ...(JSON.parse(JSON.stringify(object)) as object), attempt: 2 };
          expect(JSON.parse(textOf(added))).toEqual(expected);
        },
      ),
    );
  });
});

it('attributes that nobody checked cannot break a delivery', () => {
  const attributes = { priority: { toString: 1 }, headers: 'no object', content_type: [] } as unknown as Attributes;
  for (const form of ['frames', 'event', 'envelope'] as const) {
    expect(deliveryFrames(form, false, message({ attributes }), FACTS).length).toBeGreaterThan(2);
  }
});
