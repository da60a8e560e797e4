// The other side of a request: what a handler gives is the answer. A value is one reply; what an async iterable yields are
// several, numbered, with the last one marked; a throw is told to whoever asked.

import { cutText, TachyonError } from '../../protocol/index.ts';
import { isObject } from '../../protocol/json.ts';
import type { Delivery } from '../consume/delivery.ts';
import type { DeliveryHandler } from '../consume/options.ts';
import type { PublishBody, PublishOptions } from '../publish/message.ts';
import type { PublishReceipt } from '../publish/receipt.ts';

/** Null and undefined: an empty answer. */
export type Answer = PublishBody | null | undefined;
export type RequestHandler = (
  request: Delivery,
) => Answer | AsyncIterable<Answer> | Promise<Answer | AsyncIterable<Answer>>;

export type Publish = (topic: string, body: PublishBody, options: PublishOptions) => Promise<PublishReceipt>;

const REASON_BYTES = 1_024;

/** Sends an answer to the one who asked. Rejects with REPLY_INBOX_GONE when nobody waits, INVALID_ARGUMENT when nobody asked. */
export function replyTo(
  { attributes, messageId }: Delivery,
  publish: Publish,
  body: PublishBody,
  options: PublishOptions,
): Promise<PublishReceipt> {
  const { reply_to: address, correlation_id: correlationId = messageId } = attributes;
  if (address === undefined)
    return Promise.reject(new TachyonError('INVALID_ARGUMENT', 'the message names no reply_to'));
  return publish(address, body, { ...(correlationId === '' ? {} : { correlationId }), ...options });
}

const isIterable = (answer: unknown): answer is AsyncIterable<Answer> =>
  isObject(answer) && typeof (answer as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function';

/** As a handler of deliveries. A message without `reply_to` is handled, and nobody is answered. */
export function responding(handler: RequestHandler): DeliveryHandler {
  return async (request) => {
    if (request.attributes.reply_to === undefined) {
      const answer = await handler(request);
      if (isIterable(answer)) for await (const _ of answer);
      return;
    }
    try {
      await answerWith(request, await handler(request));
    } catch (error) {
      if (error instanceof TachyonError && error.code === 'REPLY_INBOX_GONE') return;
      const replyError = cutText(error instanceof Error ? error.message : String(error), REASON_BYTES);
      await request.reply('', { replyError }).catch(gone);
    }
  };
}

/** Nobody waits any more: there is nothing left to say. Anything else hands the request back. */
function gone(error: unknown): void {
  if (!(error instanceof TachyonError && error.code === 'REPLY_INBOX_GONE')) throw error;
}

async function answerWith(request: Delivery, answer: Answer | AsyncIterable<Answer>): Promise<void> {
  if (!isIterable(answer)) {
    await request.reply(answer ?? '');
    return;
  }
  let sequence = 0;
  let last: Answer;
  // One is held back, so that the last is known to be the last.
  for await (const next of answer) {
    if (sequence > 0) await request.reply(last ?? '', { replySequence: sequence, replyFinal: false });
    last = next;
    sequence += 1;
  }
  await request.reply(last ?? '', { replySequence: Math.max(1, sequence), replyFinal: true });
}
