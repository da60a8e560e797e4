// A fanout message as the PUB endpoint sends it, in whichever of its forms: [topic][body][meta], or [topic] and the JSON
// of the earlier event or of an abtp/1 envelope. Untrusted like everything from the wire: what does not parse is raw.

import {
  type Attributes,
  BODY_BYTES_MAX,
  ENVELOPE_BYTES_MAX,
  encodeText,
  isObject,
  type JsonObject,
  NO_ATTRIBUTES,
  OPTIONS_BYTES_MAX,
  parseObject,
} from '../../protocol/index.ts';

/** One message of a subscription. Best effort: nothing tells which ones were missed. */
export interface FanoutMessage {
  readonly topic: string;
  readonly body: Uint8Array;
  /** Empty when none was given. */
  readonly messageId: string;
  /** What came beside the body, by the names of the wire. */
  readonly attributes: Attributes;
  /** The body as text. */
  text(): string;
  /** The body parsed as JSON. Throws a SyntaxError. */
  json(): unknown;
}

const decoder = new TextDecoder();

class Received implements FanoutMessage {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly messageId: string;
  readonly attributes: Attributes;

  constructor(topic: string, body: Uint8Array, messageId: string, attributes: Attributes) {
    this.topic = topic;
    this.body = body;
    this.messageId = messageId;
    this.attributes = attributes;
  }

  text(): string {
    return decoder.decode(this.body);
  }

  json(): unknown {
    return JSON.parse(this.text());
  }
}

export function readFanout(topic: string, body: Uint8Array, meta: Uint8Array | undefined): FanoutMessage {
  if (meta !== undefined) {
    const about = parseObject(meta, OPTIONS_BYTES_MAX) ?? {};
    return new Received(topic, body, textIn(about, 'message_id'), attributesIn(about));
  }
  // An event around the largest body, in base64.
  const object = parseObject(body, Math.max(ENVELOPE_BYTES_MAX, BODY_BYTES_MAX * 2));
  if (object !== null && 'spec_version' in object) return ofEnvelope(topic, object);
  if (object !== null && 'ID' in object && 'Topic' in object) return ofEvent(topic, object);
  return new Received(topic, body, '', NO_ATTRIBUTES);
}

function ofEvent(topic: string, event: JsonObject): FanoutMessage {
  const data = event['Data'];
  const isBase64 = event['DataEncoding'] === 'base64' && typeof data === 'string';
  const contentType = textIn(event, 'DataContentType');
  const source = textIn(event, 'Source');
  const attributes: Attributes = {
    ...(contentType === '' ? {} : { content_type: contentType }),
    ...(source === '' ? {} : { source }),
  };
  return new Received(topic, isBase64 ? fromBase64(data) : jsonBytes(data), textIn(event, 'ID'), attributes);
}

function ofEnvelope(topic: string, envelope: JsonObject): FanoutMessage {
  const packed = envelope['payload_base64'];
  const body = typeof packed === 'string' ? fromBase64(packed) : jsonBytes(envelope['payload']);
  return new Received(topic, body, textIn(envelope, 'message_id'), attributesIn(envelope));
}

const TEXTS = ['correlation_id', 'content_type', 'schema', 'source', 'producer_id', 'trace_id', 'reply_to'] as const;

function attributesIn(object: JsonObject): Attributes {
  const headers = object['headers'];
  const taken: Record<string, unknown> = isObject(headers) ? { headers } : {};
  for (const name of TEXTS) if (typeof object[name] === 'string') taken[name] = object[name];
  const at = object['timestamp_unix_ms'];
  if (typeof at === 'number') taken['timestamp_unix_ms'] = at;
  return taken;
}

const textIn = (object: JsonObject, name: string): string => {
  const value = object[name];
  return typeof value === 'string' ? value : '';
};

const fromBase64 = (text: string): Uint8Array => Buffer.from(text, 'base64');
const jsonBytes = (value: unknown): Uint8Array => encodeText(JSON.stringify(value ?? null));
