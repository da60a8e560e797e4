// Fanout as server-sent events. A reader that does not keep up loses messages and is told how many: `dropped`.
// Invariant: what waits for a reader is bounded, and a stream ends when its token is no longer good.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FanoutMessage } from '../../../pkg/client/subscribe/fanout-message.ts';
import { tokenOf } from '../../auth/credentials.ts';
import type { GatewayContext, Routes } from '../../context.ts';
import { type Watched, watchedSchema, watchQuery } from '../../schemas/watch.ts';

const BODY_BYTES_DEFAULT = 65_536;
const WAITING_BYTES_MAX = 1024 * 1024;
const BEAT_MS = 15_000;

export const watchRoutes: Routes = (context) => async (app) => {
  app.get(
    '/api/v1/watch',
    {
      config: { access: 'viewer', isStream: true },
      schema: {
        operationId: 'watch',
        tags: ['messages'],
        summary: 'Fanout as server-sent events, best effort',
        description:
          'Events: `ready` once, `message` for each message, `dropped` with a count when the reader does not keep up.',
        querystring: watchQuery,
        response: { 200: { description: 'Events.', content: { 'text/event-stream': { schema: watchedSchema } } } },
      },
    },
    async (request, reply) => {
      const { pattern, body_bytes = BODY_BYTES_DEFAULT } = request.query;
      await stream(context, request, reply, pattern, body_bytes);
      return reply;
    },
  );
};

async function stream(
  { openWatch, streams, authority }: GatewayContext,
  request: FastifyRequest,
  reply: FastifyReply,
  patterns: readonly string[],
  bodyBytes: number,
): Promise<void> {
  const { raw } = reply;
  const leave = streams.enter('events', () => raw.end());
  raw.once('close', leave);
  const events = new EventStream(reply);
  try {
    const subscription = await openWatch(patterns, (message) => events.message(watchedOf(message, bodyBytes)));
    raw.once('close', () => void subscription.close());
    if (raw.destroyed) await subscription.close();
  } catch (error) {
    leave();
    throw error;
  }
  events.begin();
  const token = tokenOf(request.headers);
  const beat = setInterval(() => {
    if (token === null || authority.identify(token) === null) raw.end();
    else events.beat();
  }, BEAT_MS);
  raw.once('close', () => clearInterval(beat));
}

class EventStream {
  readonly #reply: FastifyReply;
  #begun = false;
  #dropped = 0;

  constructor(reply: FastifyReply) {
    this.#reply = reply;
  }

  begin(): void {
    this.#reply.hijack();
    const headers = Object.entries(this.#reply.getHeaders()).filter(([, value]) => value !== undefined);
    this.#reply.raw.writeHead(200, {
      ...(Object.fromEntries(headers) as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.#begun = true;
    this.#write('ready', {});
  }

  message(watched: Watched): void {
    if (!this.#begun || this.#isFull()) {
      this.#dropped += 1;
      return;
    }
    this.#tellDropped();
    this.#write('message', watched);
  }

  /** Keeps what stands between from closing the connection. */
  beat(): void {
    if (this.#isFull()) return;
    this.#tellDropped();
    this.#reply.raw.write(': still here\n\n');
  }

  #isFull(): boolean {
    return this.#reply.raw.writableLength > WAITING_BYTES_MAX;
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#write('dropped', { count: this.#dropped });
    this.#dropped = 0;
  }

  /** JSON has no line breaks outside of its texts, and escapes them inside: one event is one line of data. */
  #write(event: string, data: object): void {
    if (!this.#reply.raw.writableEnded) this.#reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}

const watchedOf = ({ topic, messageId, attributes, body }: FanoutMessage, bodyBytes: number): Watched => ({
  topic,
  message_id: messageId,
  attributes: { ...attributes },
  body_bytes: body.length,
  truncated: body.length > bodyBytes,
  payload: Buffer.from(body.subarray(0, bodyBytes)).toString('base64'),
});
