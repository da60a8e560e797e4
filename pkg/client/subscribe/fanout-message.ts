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

/** What a message says beside its topic. */
interface Parts {
  readonly body: Uint8Array;
  readonly messageId: string;
  readonly attributes: Attributes;
}

/** Reads what came when it is first asked for: many readers look at the topic or the body alone. */
class Received implements FanoutMessage {
  readonly topic: string;
  readonly #body: Uint8Array;
  readonly #meta: Uint8Array | undefined;
  #parts: Parts | null = null;

  constructor(topic: string, body: Uint8Array, meta: Uint8Array | undefined) {
    this.topic = topic;
    this.#body = body;
    this.#meta = meta;
  }

  get body(): Uint8Array {
    return this.#meta === undefined ? this.#read().body : this.#body;
  }
  get messageId(): string {
    return this.#read().messageId;
  }
  get attributes(): Attributes {
    return this.#read().attributes;
  }

  text(): string {
    return decoder.decode(this.body);
  }

  json(): unknown {
    return JSON.parse(this.text());
  }

  #read(): Parts {
    this.#parts ??= partsOf(this.#body, this.#meta);
    return this.#parts;
  }
}

export const readFanout = (topic: string, body: Uint8Array, meta: Uint8Array | undefined): FanoutMessage =>
  new Received(topic, body, meta);

function partsOf(body: Uint8Array, meta: Uint8Array | undefined): Parts {
  if (meta !== undefined) {
    const about = parseObject(meta, OPTIONS_BYTES_MAX) ?? {};
    return { body, messageId: textIn(about, 'message_id'), attributes: attributesIn(about) };
  }
  // An event around the largest body, in base64.
  const object = parseObject(body, Math.max(ENVELOPE_BYTES_MAX, BODY_BYTES_MAX * 2));
  if (object !== null && 'spec_version' in object) return ofEnvelope(object);
  if (object !== null && 'ID' in object && 'Topic' in object) return ofEvent(object);
  return { body, messageId: '', attributes: NO_ATTRIBUTES };
}

function ofEvent(event: JsonObject): Parts {
  const data = event['Data'];
  const isBase64 = event['DataEncoding'] === 'base64' && typeof data === 'string';
  const contentType = textIn(event, 'DataContentType');
  const source = textIn(event, 'Source');
  const attributes: Attributes = {
    ...(contentType === '' ? {} : { content_type: contentType }),
    ...(source === '' ? {} : { source }),
  };
  return { body: isBase64 ? fromBase64(data) : jsonBytes(data), messageId: textIn(event, 'ID'), attributes };
}

function ofEnvelope(envelope: JsonObject): Parts {
  const packed = envelope['payload_base64'];
  const body = typeof packed === 'string' ? fromBase64(packed) : jsonBytes(envelope['payload']);
  return { body, messageId: textIn(envelope, 'message_id'), attributes: attributesIn(envelope) };
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
