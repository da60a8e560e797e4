// abtp/1 frames: which order and number means what, when a body's form is guessed, and what is refused with which code.

import { describe, expect, it, vi } from 'vitest';
import { compressBlockBE, decompressBlockBE } from '../encoding/index.ts';
import { type Abtp1Publish, decodeFrames, type Sender } from './abtp1.ts';
import { encodeHeartbeat } from './abtp2/flow.ts';
import { FORM_ENVELOPE, FORM_EVENT, FORM_RAW } from './block.ts';
import { encodeText, readText } from './bytes.ts';
import { BODY_BYTES_MAX, ENVELOPE_BYTES_MAX } from './limits.ts';
import { UNSUPPORTED_OPTIONS } from './publish-options.ts';
import { TIME_NAMES } from './times.ts';

const SILENT: Sender = { bodyForm: null, legacyBodies: true, decompress: decompressBlockBE };
const GREETED: Sender = { ...SILENT, bodyForm: 'raw' };

const bytes = (value: unknown): Uint8Array =>
  value instanceof Uint8Array ? value : encodeText(typeof value === 'string' ? value : JSON.stringify(value));
const send = (sender: Sender, ...frames: unknown[]) => decodeFrames(frames.map(bytes), sender);
const published = (sender: Sender, ...frames: unknown[]): Abtp1Publish => {
  const input = send(sender, ...frames);
  expect(input).toMatchObject({ type: 'publish' });
  return input as Abtp1Publish;
};
const textOf = (body: Uint8Array): string => readText(body, 0, body.length);

const EVENT = { ID: 'e1', Topic: 'other', tenant_id: '', Source: 's', Data: { n: 1 }, SpecVersion: '1.0' };
const ENVELOPE = {
  spec_version: 'abtp/1',
  message_id: 'm1',
  producer_id: 'p1',
  topic: 'a.b',
  payload: { n: 1 },
  timestamp_unix_ms: 1_764_000_000_000,
};

describe('the frames', () => {
  it('short and delimiter form mean the same, and say which one owes a reply', () => {
    expect(published(GREETED, 'a.b', 'x')).toMatchObject({ topic: 'a.b', delimited: false, form: FORM_RAW });
    expect(published(GREETED, '', 'a.b', 'x')).toMatchObject({ topic: 'a.b', delimited: true, form: FORM_RAW });
  });

  it('options are the third or, behind a delimiter, the fourth frame', () => {
    const options = {
      message_id: 'm',
      confirm: true,
      sequence: 9,
      headers: { k: 'v' },
      priority: 'high',
      tenant_id: 't',
    };
    const expected = {
      messageId: 'm',
      confirm: true,
      sequence: 9,
      attributes: { headers: { k: 'v' }, priority: 'high' },
      tenant: 't',
    };
    expect(published(SILENT, 'a.b', 'x', options)).toMatchObject({ ...expected, delimited: false });
    expect(published(SILENT, '', 'a.b', 'x', options)).toMatchObject({ ...expected, delimited: true });
  });

  it('one frame with the magic is a packet', () => {
    expect(decodeFrames([encodeHeartbeat()], SILENT)).toMatchObject({ type: 'packet' });
  });

  it.each([
    ['none', [], false],
    ['one that is no packet', ['a.b'], false],
    ['a delimiter and one', ['', 'a.b'], true],
    ['four without delimiter', ['a.b', 'x', '', ''], false],
    ['five', ['', 'a.b', 'x', '{}', 'y'], true],
    ['control with options', ['_control', '{"type":"heartbeat"}', '{}'], false],
  ])('%s is refused', (_, frames, delimited) => {
    expect(send(SILENT, ...frames)).toMatchObject({ type: 'refused', error: 'MALFORMED_FRAMES', delimited });
  });

  it.each([
    ['a..b', 'INVALID_TOPIC'],
    ['a.*', 'INVALID_TOPIC'],
    ['x'.repeat(256), 'INVALID_TOPIC'],
    [Uint8Array.of(0xff, 0x61), 'INVALID_TOPIC'],
    ['_system.x', 'RESERVED_TOPIC'],
  ])('topic %s is refused as %s', (topic, error) => {
    expect(send(SILENT, topic, 'x')).toMatchObject({ type: 'refused', error });
  });

  it('an empty topic is refused, also as the first of all', async () => {
    vi.resetModules();
    const { decodeFrames: decodeFirst } = await import('./abtp1.ts');
    const frames = ['', '', 'x'].map(bytes);
    expect(decodeFirst(frames, SILENT)).toMatchObject({ type: 'refused', error: 'INVALID_TOPIC' });
  });

  it('a body beyond the limit is refused', () => {
    const body = new Uint8Array(BODY_BYTES_MAX + 1);
    expect(send(GREETED, 'a', body)).toMatchObject({ type: 'refused', error: 'PAYLOAD_TOO_LARGE' });
    expect(published(GREETED, 'a', body.subarray(1)).body).toHaveLength(BODY_BYTES_MAX);
  });
});

describe('control', () => {
  it('is read in both forms, and compressed from a peer without hello', () => {
    const word = { type: 'ack', message_id: 'm', consumer_id: 'c' };
    expect(send(SILENT, '_control', word)).toMatchObject({ type: 'control', delimited: false, word: { type: 'ack' } });
    expect(send(SILENT, '', '_control', word)).toMatchObject({ type: 'control', delimited: true });
    const packed = compressBlockBE(bytes(word));
    expect(send(SILENT, '_control', packed)).toMatchObject({ type: 'control', word: { type: 'ack' } });
    expect(send(GREETED, '_control', packed)).toMatchObject({ type: 'refused', error: 'MALFORMED_CONTROL' });
  });
});

describe('the guess for a peer that said nothing', () => {
  it('knows an event, whatever the case of its keys, and keeps its bytes', () => {
    const body = bytes('{ "id":"e1", "TOPIC":"t", "extra": 1.0 }');
    const message = published(SILENT, 'a.b', body);
    expect(message).toMatchObject({ form: FORM_EVENT, guessed: true, messageId: 'e1', topic: 'a.b' });
    expect(message.body).toBe(body);
  });

  it('takes the attributes of an event', () => {
    const event = {
      ...EVENT,
      timestamp: '2026-01-02T03:04:05.678+01:00',
      priority: 'high',
      DataContentType: 'application/json',
    };
    expect(published(SILENT, 'a.b', event).attributes).toEqual({
      source: 's',
      priority: 'high',
      content_type: 'application/json',
      timestamp_unix_ms: Date.parse('2026-01-02T03:04:05.678+01:00'),
    });
  });

  it('knows a compressed event and stores it plain', () => {
    const message = published(SILENT, 'a.b', compressBlockBE(bytes(EVENT)));
    expect(message).toMatchObject({ form: FORM_EVENT, messageId: 'e1' });
    expect(textOf(message.body)).toBe(JSON.stringify(EVENT));
  });

  it('knows an envelope and lifts what it says', () => {
    const headers = { content_type: 'application/json', tenant_id: 'acme', mine: 'kept', deep: { not: 'lifted' } };
    const message = published(SILENT, 'a.b', { ...ENVELOPE, correlation_id: 'c1', headers });
    expect(message).toMatchObject({
      form: FORM_ENVELOPE,
      messageId: 'm1',
      tenant: 'acme',
      attributes: {
        producer_id: 'p1',
        correlation_id: 'c1',
        content_type: 'application/json',
        timestamp_unix_ms: 1_764_000_000_000,
        headers: { content_type: 'application/json', tenant_id: 'acme', mine: 'kept' },
      },
    });
  });

  it.each([
    ['plain text', 'hello'],
    ['JSON without a marker', { total: 1 }],
    ['an id of the wrong type', { id: 7, name: 'x' }],
    ['a list', [{ ID: 'x' }]],
    ['JSON cut short', '{"ID":"x"'],
    ['JSON beyond the bound', { ID: 'x', Data: 'x'.repeat(ENVELOPE_BYTES_MAX) }],
    ['four zero bytes', new Uint8Array(4)],
    ['LZ4 of something else', compressBlockBE(encodeText('{"total":1}'))],
    ['LZ4 with bytes behind', Uint8Array.from([...compressBlockBE(encodeText('{"ID":"x"}')), 0])],
    [
      'little-endian LZ4',
      (() => {
        const packed = compressBlockBE(encodeText('{"ID":"x"}'));
        packed.subarray(0, 4).reverse();
        return packed;
      })(),
    ],
    ['a 4 GiB length', Uint8Array.of(255, 255, 255, 255, 1, 2, 3)],
    ['its own spec_version', { spec_version: '2.3', total: 1 }],
  ])('%s is raw', (_, body) => {
    const sent = bytes(body);
    const message = published(SILENT, 'a.b', sent);
    expect(message.body).toBe(sent);
    expect([message.form, message.guessed, message.messageId]).toEqual([FORM_RAW, false, '']);
  });

  it('is off for who said hello, for who sends options, and where the setting is off', () => {
    expect(published(GREETED, 'a.b', EVENT).form).toBe(FORM_RAW);
    expect(published(SILENT, 'a.b', EVENT, {}).form).toBe(FORM_RAW);
    expect(published({ ...SILENT, legacyBodies: false }, 'a.b', EVENT).form).toBe(FORM_RAW);
  });

  it('refuses what claims to be of another version', () => {
    const refused = { type: 'refused', error: 'UNSUPPORTED_VERSION' };
    expect(send(SILENT, 'a', { ...ENVELOPE, spec_version: 'abtp/9' })).toMatchObject(refused);
    expect(send(SILENT, 'a', { ...EVENT, SpecVersion: 'abtp/9' })).toMatchObject(refused);
  });
});

describe('a stated form', () => {
  it('comes from the options, else from hello', () => {
    expect(published(GREETED, 'a', EVENT, { form: 'event' })).toMatchObject({ form: FORM_EVENT, guessed: false });
    expect(published({ ...GREETED, bodyForm: 'envelope' }, 'a', ENVELOPE)).toMatchObject({ form: FORM_ENVELOPE });
    expect(published({ ...GREETED, bodyForm: 'event' }, 'a', EVENT, { form: 'raw' })).toMatchObject({ form: FORM_RAW });
  });

  it('must be true', () => {
    expect(send(GREETED, 'a', 'x', { form: 'event' })).toMatchObject({ error: 'MALFORMED_BODY' });
    expect(send(GREETED, 'a', { total: 1 }, { form: 'event' })).toMatchObject({ error: 'MALFORMED_BODY' });
    const large = new Uint8Array(ENVELOPE_BYTES_MAX + 1);
    expect(send(GREETED, 'a', large, { form: 'event' })).toMatchObject({ error: 'FRAME_TOO_LARGE' });
  });

  it.each(Object.keys(ENVELOPE))('an envelope without %s is refused', (name) => {
    const { [name as keyof typeof ENVELOPE]: _, ...rest } = ENVELOPE;
    const error = name === 'spec_version' ? 'UNSUPPORTED_VERSION' : 'MALFORMED_BODY';
    expect(send(GREETED, 'a', rest, { form: 'envelope', message_id: 'mine' })).toMatchObject({
      error,
      messageId: 'mine',
    });
  });

  it('lz4 is decompressed at the door, or refused', () => {
    const packed = compressBlockBE(encodeText('plain'));
    expect(textOf(published(GREETED, 'a', packed, { compression: 'lz4' }).body)).toBe('plain');
    expect(send(GREETED, 'a', 'nonsense', { compression: 'lz4' })).toMatchObject({ error: 'PAYLOAD_TOO_LARGE' });
    expect(send(GREETED, 'a', Uint8Array.of(0, 0, 0, 9, 1), { compression: 'lz4' })).toMatchObject({
      error: 'MALFORMED_BODY',
    });
    expect(send(GREETED, 'a', 'x', { compression: 'zstd' })).toMatchObject({ error: 'UNSUPPORTED_COMPRESSION' });
  });
});

describe('options', () => {
  it.each([
    ['[]', 'MALFORMED_OPTIONS'],
    ['{', 'MALFORMED_OPTIONS'],
    [{ tll_ms: 5 }, 'MALFORMED_OPTIONS'],
    [{ message_id: 7 }, 'MALFORMED_OPTIONS'],
    [{ message_id: 'x'.repeat(256) }, 'MALFORMED_OPTIONS'],
    [{ headers: { deep: {} } }, 'MALFORMED_OPTIONS'],
    [{ sequence: 0 }, 'MALFORMED_OPTIONS'],
    [{ confirm: 'yes' }, 'MALFORMED_OPTIONS'],
    [{ headers: { x: 'x'.repeat(64 * 1024) } }, 'FRAME_TOO_LARGE'],
  ])('%j is refused as %s', (options, error) => {
    expect(send(GREETED, 'a', 'x', options)).toMatchObject({ type: 'refused', error });
  });

  it.each(UNSUPPORTED_OPTIONS)('%s is refused wherever it is said, unless it means off', (name) => {
    const on = name === 'delivery_mode' ? 'bridge' : name === 'codec' ? 'cbor' : name === 'auth' ? { token: 'x' } : 5;
    const refused = { type: 'refused', error: 'NOT_SUPPORTED' };
    expect(send(GREETED, 'a', 'x', { [name]: on })).toMatchObject(refused);
    expect(send(GREETED, 'a', 'x', { headers: { [name]: on === 5 ? 5 : 'x' } })).toMatchObject(refused);
    expect(send(SILENT, 'a', { ...ENVELOPE, [name]: on })).toMatchObject(refused);
    expect(send(SILENT, 'a', { ...ENVELOPE, headers: { [name]: on } })).toMatchObject(refused);
    const off = name === 'auth' ? {} : name === 'attempt' ? 0 : '';
    expect(published(GREETED, 'a', 'x', { [name]: off })).toMatchObject({ topic: 'a' });
    expect(published(SILENT, 'a', { ...ENVELOPE, [name]: off })).toMatchObject({ form: FORM_ENVELOPE });
    expect(published(GREETED, 'a', 'x', { [name]: null })).toMatchObject({ topic: 'a' });
  });

  it('a delivery time in an event is kept, and year 1 is none', () => {
    const at = '2030-01-01T00:00:00Z';
    expect(published(SILENT, 'a', { ...EVENT, deliver_at: at }).attributes).toEqual({ source: 's', deliver_at: at });
    for (const none of ['0001-01-01T00:00:00Z', '', null]) {
      expect(published(SILENT, 'a', { ...EVENT, deliver_at: none }).attributes).toEqual({ source: 's' });
    }
  });

  it('headers of an envelope and of the options beside it are one, and the options have the last word', () => {
    const envelope = { ...ENVELOPE, headers: { mine: 'kept', both: 'inside' } };
    const message = published(GREETED, 'a', envelope, { form: 'envelope', headers: { both: 'beside', ttl_ms: '5' } });
    expect(message.attributes.headers).toEqual({ mine: 'kept', both: 'beside', ttl_ms: '5' });
  });

  it.each(TIME_NAMES)('%s is kept from options, headers and envelope, and left out where it means off', (name) => {
    const value = name === 'deliver_at' ? '2030-01-01T00:00:00Z' : 5;
    expect(published(GREETED, 'a', 'x', { [name]: value }).attributes).toEqual({ [name]: value });
    expect(published(GREETED, 'a', 'x', { headers: { [name]: '5' } }).attributes).toEqual({ headers: { [name]: '5' } });
    expect(published(SILENT, 'a', { ...ENVELOPE, [name]: value }).attributes).toMatchObject({ [name]: value });
    expect(published(SILENT, 'a', { ...ENVELOPE, headers: { [name]: 5 } }).attributes).toMatchObject({
      headers: { [name]: 5 },
    });
    for (const off of ['', 0, false, '0', null, '0001-01-01T00:00:00Z']) {
      expect(published(GREETED, 'a', 'x', { [name]: off }).attributes).toEqual({});
      expect(published(SILENT, 'a', { ...ENVELOPE, [name]: off }).attributes).not.toHaveProperty(name);
    }
  });

  it.each(TIME_NAMES)('%s of the wrong type is refused, and not lost', (name) => {
    const wrong = name === 'deliver_at' ? 5 : 'soon';
    expect(send(GREETED, 'a', 'x', { [name]: wrong })).toMatchObject({ error: 'MALFORMED_OPTIONS' });
    expect(send(GREETED, 'a', 'x', { headers: { [name]: {} } })).toMatchObject({ error: 'MALFORMED_OPTIONS' });
    expect(send(SILENT, 'a', { ...ENVELOPE, [name]: wrong })).toMatchObject({ error: 'MALFORMED_BODY' });
    expect(send(SILENT, 'a', { ...ENVELOPE, headers: { [name]: {} } })).toMatchObject({ error: 'MALFORMED_BODY' });
  });

  it('fanout and direct are modes that work', () => {
    const { attributes } = published(GREETED, 'a', 'x', { delivery_mode: 'fanout' });
    expect(attributes).toEqual({ delivery_mode: 'fanout' });
  });
});
