// Bodies judged: what fits, what does not and where, and that nothing hostile in schema or body does more than be refused.

import { describe, expect, it } from 'vitest';
import { compressBlockLE, decompressBlockLE } from '../../../pkg/encoding/lz4.ts';
import { COMPRESSION_LZ4, encodeBlock, FORM_ENVELOPE, FORM_EVENT } from '../../../pkg/protocol/block.ts';
import { encodeText } from '../../../pkg/protocol/bytes.ts';
import type { PublishMessage } from '../../domain/command.ts';
import { JUDGED_BODY_BYTES_MAX } from '../../domain/schema.ts';
import { AjvJudge } from './ajv-judge.ts';

const unpack = (packed: Uint8Array): Uint8Array | null => {
  const result = decompressBlockLE(packed, JUDGED_BODY_BYTES_MAX);
  return result instanceof Uint8Array ? result : null;
};
const ORDER = JSON.stringify({
  type: 'object',
  required: ['id', 'items'],
  properties: {
    id: { type: 'string', pattern: '^[a-z]+-\\d+$' },
    zip: { pattern: '^\\d+$' },
    items: { type: 'array', items: { type: 'object', properties: { price: { type: 'number', minimum: 0 } } } },
  },
});

interface Body {
  readonly body: string | Uint8Array;
  readonly form?: 0 | 1 | 2;
  readonly type?: string;
  readonly packed?: boolean;
  readonly long?: boolean;
}

function judged(schema: string, { body, form = 0, type, packed = false, long = false }: Body): string | null {
  const plain = typeof body === 'string' ? encodeText(body) : body;
  const bytes = packed ? compressBlockLE(plain) : plain;
  const attributes = type === undefined ? null : { content_type: type };
  const source = encodeBlock({ topic: 'a', form, compression: packed ? COMPRESSION_LZ4 : 0, attributes, body: bytes });
  const end = long ? source.length - bytes.length : source.length;
  const message: PublishMessage = { topic: 'a', start: 0, end, tail: long ? bytes : null, mode: 'both', fault: null };
  const verdict = new AjvJudge(unpack).judge({ name: 's', text: schema, atMs: 0 }, source.subarray(0, end), message);
  return verdict === null ? null : `${verdict.code}: ${verdict.detail}`;
}

describe('a body', () => {
  const fits = '{"id":"a-1","items":[{"price":1}]}';
  it.each<[string, Body]>([
    ['as it is', { body: fits }],
    ['with a JSON type', { body: fits, type: 'application/vnd.x+json; charset=utf-8' }],
    ['compressed', { body: fits.padEnd(2_000), packed: true }],
    ['that is the tail', { body: fits, long: true }],
    ['in an envelope', { body: `{"spec_version":"abtp/1","payload":${fits}}`, form: FORM_ENVELOPE }],
    ['in an earlier event', { body: `{"ID":"1","Data":${fits}}`, form: FORM_EVENT }],
  ])('%s passes', (_how, body) => {
    expect(judged(ORDER, body)).toBeNull();
  });

  it.each<[string, Body, string]>([
    ['lacks a field', { body: '{"id":"a-1"}' }, "at the root: required: must have required property 'items'"],
    [
      'is wrong in the depth',
      { body: '{"id":"a-1","items":[{},{"price":"x"}]}' },
      'at /items/1/price: type: must be number',
    ],
    ['breaks a pattern', { body: '{"id":"A","items":[]}' }, 'at /id: pattern'],
    ['breaks the second of two patterns', { body: '{"id":"a-1","items":[],"zip":"x"}' }, 'at /zip: pattern'],
    ['is no JSON', { body: '{"id":' }, 'it does not parse'],
    ['is no UTF-8', { body: new Uint8Array([0x22, 0xff, 0x22]) }, 'it does not parse'],
    ['says that it is something else', { body: fits, type: 'text/csv' }, 'its content type is text/csv'],
    [
      'is an envelope of base64',
      { body: '{"payload_base64":"e30="}', form: FORM_ENVELOPE },
      'it carries no payload as JSON',
    ],
  ])('that %s is told where', (_what, body, detail) => {
    expect(judged(ORDER, body)).toContain(detail);
    expect(judged(ORDER, body)).toContain('SCHEMA_MISMATCH');
  });

  it('says nothing of its own in the refusal', () => {
    expect(judged('{"properties":{"a":{"const":1}}}', { body: '{"a":"secret"}' })).not.toContain('secret');
  });

  it('that is too large is not judged, packed or not', () => {
    const large = `"${'x'.repeat(JUDGED_BODY_BYTES_MAX)}"`;
    expect(judged('true', { body: large })).toContain('PAYLOAD_TOO_LARGE');
    expect(judged('true', { body: large, packed: true })).toContain('PAYLOAD_TOO_LARGE');
  });

  it('that is nested without end, or costs patterns too much, does not fit', () => {
    const tree = '{"$ref":"#/$defs/n","$defs":{"n":{"items":{"$ref":"#/$defs/n"}}}}';
    expect(judged(tree, { body: `${'['.repeat(400_000)}${']'.repeat(400_000)}` })).toContain('SCHEMA_MISMATCH');
    expect(judged('{"pattern":"(x|x|x|x|x)*y"}', { body: `"${'x'.repeat(600_000)}"` })).toContain('too many steps');
  });
});

describe('a schema', () => {
  const judge = new AjvJudge(unpack);
  it.each([
    ORDER,
    'true',
    '{"$schema":"https://json-schema.org/draft/2020-12/schema"}',
    '{"uniqueItems":true,"maxItems":10}',
  ])('is taken: %.40s', (text) => {
    expect(judge.faultOf(text)).toBeNull();
  });

  it.each([
    ['{', 'not JSON'],
    ['[]', 'an object'],
    ['{"type":"nothing"}', 'type'],
    ['{"unknown":1}', 'unknown keyword'],
    ['{"format":"email"}', 'unknown format'],
    ['{"$ref":"https://elsewhere/x"}', 'must stay inside'],
    ['{"$ref":"#/$defs/none"}', "can't resolve"],
    ['{"$id":"https://x/y"}', '$id'],
    ['{"$schema":"http://json-schema.org/draft-07/schema#"}', '$schema must be'],
    ['{"pattern":"(?=a)"}', 'invalid or unsupported'],
    ['{"patternProperties":{"^(":{}}}', 'regular expression'],
    ['{"uniqueItems":true}', 'maxItems'],
    [`{"enum":[${'[],'.repeat(5_000)}1]}`, 'parts'],
    [`${'{"not":'.repeat(70)}{}${'}'.repeat(70)}`, 'deeper'],
  ])('is refused: %.40s', (text, why) => {
    expect(judge.faultOf(text)).toContain(why);
  });
});
