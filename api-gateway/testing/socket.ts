// As much of a WebSocket client as a test needs: it connects, takes whole text messages of a server, and is told why it
// was let in or not.

import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Socket {
  readonly status: number;
  /** The subprotocol that the server chose. */
  readonly protocol: string;
  /** Text messages so far. */
  readonly messages: readonly string[];
  readonly closed: boolean;
  close(): void;
}

/** Resolves when the server has answered the upgrade, whatever it said. */
export function openSocket(url: string, headers: Readonly<Record<string, string>>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    };
    const outgoing = request(url, { headers: { ...upgrade, ...headers }, agent: false });
    outgoing.on('upgrade', ({ statusCode: status = 0, headers: got }, stream, head) => {
      const protocol = String(got['sec-websocket-protocol'] ?? '');
      resolve(new OpenSocket(status, protocol, stream, head));
    });
    outgoing.on('response', (incoming) => {
      incoming.resume();
      const refused = { protocol: '', messages: [], closed: true, close: () => undefined };
      resolve({ ...refused, status: incoming.statusCode ?? 0 });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const TEXT = 1;

class OpenSocket implements Socket {
  readonly status: number;
  readonly protocol: string;
  readonly messages: string[] = [];
  closed = false;
  readonly #stream: Duplex;
  #unread: Buffer;

  constructor(status: number, protocol: string, stream: Duplex, head: Buffer) {
    this.status = status;
    this.protocol = protocol;
    this.#stream = stream;
    this.#unread = head;
    this.#read();
    stream.on('data', (bytes: Buffer) => {
      this.#unread = Buffer.concat([this.#unread, bytes]);
      this.#read();
    });
    stream.on('close', () => {
      this.closed = true;
    });
    stream.on('error', () => undefined);
  }

  close(): void {
    this.#stream.destroy();
  }

  /** Frames of a server are not masked; those that a test looks at are not cut either. */
  #read(): void {
    for (;;) {
      const frame = this.#unread;
      const short = (frame[1] ?? 0) & 0x7f;
      const headBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (frame.length < headBytes) return;
      const length = short === 127 ? Number(frame.readBigUInt64BE(2)) : short === 126 ? frame.readUInt16BE(2) : short;
      if (frame.length < headBytes + length) return;
      if (((frame[0] ?? 0) & 0x0f) === TEXT) this.messages.push(frame.toString('utf8', headBytes, headBytes + length));
      this.#unread = frame.subarray(headBytes + length);
    }
  }
}
