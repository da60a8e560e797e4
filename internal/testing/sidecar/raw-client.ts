// A client of the sidecar that says exactly the bytes that a test gives it.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { ByteReader } from '../../../pkg/encoding/fastpath/byte-reader.ts';
import {
  type EarlierRequestHead,
  encodeEarlierRequestHead,
  encodeRequestHead,
} from '../../../pkg/encoding/fastpath/request-head.ts';
import {
  decodeEarlierResponseHead,
  decodeResponseHead,
  EARLIER_RESPONSE_HEAD_BYTES,
  RESPONSE_HEAD_BYTES,
  type ResponseHead,
} from '../../../pkg/encoding/fastpath/response-head.ts';

export interface RawRequest {
  readonly operation: number;
  readonly flags?: number;
  readonly topic?: Uint8Array;
  readonly payload: Uint8Array;
  readonly requestId?: number;
  readonly sizeMax?: number;
  readonly bodyCrc?: number;
}

export interface RawReply extends ResponseHead {
  readonly body: Uint8Array;
  readonly text: string;
}

const NONE = new Uint8Array(0);

export const rawRequest = (request: RawRequest): Uint8Array => {
  const { operation, flags = 0, topic = NONE, payload, requestId = 1, sizeMax = 0 } = request;
  const head = encodeRequestHead({
    operation,
    flags,
    topicLength: topic.length,
    payloadLength: payload.length,
    requestId,
    sizeMax,
    bodyCrc: request.bodyCrc ?? crc32(payload, crc32(topic)),
  });
  return Buffer.concat([head, topic, payload]);
};

export const earlierHead = (head: Partial<EarlierRequestHead>): Uint8Array =>
  encodeEarlierRequestHead({ operation: 0, flags: 0, topicLength: 0, payloadLength: 0, ...head });

export const earlierRequest = ({ operation, flags = 0, topic = NONE, payload }: RawRequest): Uint8Array =>
  Buffer.concat([
    earlierHead({ operation, flags, topicLength: topic.length, payloadLength: payload.length }),
    topic,
    payload,
  ]);

export class RawClient {
  readonly socket: Socket;
  readonly #reader: ByteReader;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined); // the end is seen by who reads
    this.#reader = new ByteReader(socket as AsyncIterable<Uint8Array>);
  }

  static async connect(path: string): Promise<RawClient> {
    const socket = connect({ path, allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Null: the sidecar closed the connection instead. */
  async reply(): Promise<RawReply | null> {
    const bytes = new Uint8Array(RESPONSE_HEAD_BYTES);
    if (!(await this.#reader.fill(bytes))) return null;
    const head = decodeResponseHead(bytes);
    if ('type' in head) throw new Error(head.detail);
    const body = new Uint8Array(head.bodyLength);
    if (!(await this.#reader.fill(body))) return null;
    if (crc32(body) !== head.bodyCrc) throw new Error('the body of a reply does not fit its checksum');
    return { ...head, body, text: Buffer.from(body).toString() };
  }

  async earlierReply(): Promise<{ readonly status: number; readonly body: Uint8Array; readonly text: string } | null> {
    const bytes = new Uint8Array(EARLIER_RESPONSE_HEAD_BYTES);
    if (!(await this.#reader.fill(bytes))) return null;
    const { status, bodyLength } = decodeEarlierResponseHead(bytes);
    const body = new Uint8Array(bodyLength);
    if (!(await this.#reader.fill(body))) return null;
    return { status, body, text: Buffer.from(body).toString() };
  }

  async ask(request: RawRequest): Promise<RawReply | null> {
    this.send(rawRequest(request));
    return this.reply();
  }

  async askEarlier(request: RawRequest): ReturnType<RawClient['earlierReply']> {
    this.send(earlierRequest(request));
    return this.earlierReply();
  }

  close(): void {
    this.socket.destroy();
  }
}
