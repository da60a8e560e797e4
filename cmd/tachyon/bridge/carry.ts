// Carries messages of a queue to another broker: published there under the same topic with what was said beside the body, and
// acknowledged here when that broker has confirmed them. Invariant: nothing is acknowledged here that is not durable there.

import type { Client } from '../../../pkg/client/client.ts';
import type { Consumer } from '../../../pkg/client/consume/consumer.ts';
import type { Delivery } from '../../../pkg/client/consume/delivery.ts';
import type { PublishOptions } from '../../../pkg/client/publish/message.ts';
import { ERRORS, TachyonError } from '../../../pkg/protocol/errors.ts';

/** Bridge routes compare it with the hops that they allow. */
const HOPS_HEADER = 'tachyon_hops';

export interface Carried {
  carried: number;
  /** Refused over there for good: dead letters here, with the code as reason. */
  refused: number;
  /** Handed back, to be tried again after the queue's backoff. */
  failed: number;
}

/** Resolves when the consumer has ended and all that it was given is settled. */
export async function carry(
  from: Consumer,
  to: Pick<Client, 'publish'>,
  tell: (line: string) => void = () => undefined,
): Promise<Carried> {
  const counts: Carried = { carried: 0, refused: 0, failed: 0 };
  const under = new Set<Promise<void>>();
  for await (const delivery of from) {
    // Published in the order in which they came; confirms are waited for side by side, within the consumer's window.
    const one = carryOne(delivery, to, counts, tell).finally(() => under.delete(one));
    under.add(one);
  }
  await Promise.all(under);
  return counts;
}

async function carryOne(
  delivery: Delivery,
  to: Pick<Client, 'publish'>,
  counts: Carried,
  tell: (line: string) => void,
): Promise<void> {
  try {
    await to.publish(delivery.topic, delivery.body, optionsOf(delivery));
    delivery.ack();
    counts.carried += 1;
  } catch (error) {
    const code = error instanceof TachyonError ? error.code : 'INTERNAL';
    const isOver = error instanceof TachyonError && ERRORS[code].severity === 'request' && !error.retryable;
    const status = isOver ? 'terminal' : 'retryable';
    delivery.nack({ status, reason: `bridge: ${error instanceof Error ? error.message : String(error)}` });
    if (isOver) counts.refused += 1;
    else counts.failed += 1;
    tell(`tachyon bridge: message ${delivery.sequence} ("${delivery.topic}"): ${code}`);
  }
}

/** Times are left out: the wait is over here, and what is worth nothing any more is not handed over. */
function optionsOf({ attributes, headers, messageId, sequence, queue }: Delivery): PublishOptions {
  const { correlation_id, content_type, reply_to, trace_id, schema, source, priority, timestamp_unix_ms } = attributes;
  const hops = Number(headers[HOPS_HEADER] ?? 0);
  return {
    messageId: messageId === '' ? `${queue}#${sequence}` : messageId,
    headers: { ...headers, [HOPS_HEADER]: (Number.isSafeInteger(hops) && hops > 0 ? hops : 0) + 1 },
    ...(correlation_id === undefined ? {} : { correlationId: correlation_id }),
    ...(content_type === undefined ? {} : { contentType: content_type }),
    ...(reply_to === undefined ? {} : { replyTo: reply_to }),
    ...(trace_id === undefined ? {} : { traceId: trace_id }),
    ...(schema === undefined ? {} : { schema }),
    ...(source === undefined ? {} : { source }),
    ...(priority === undefined ? {} : { priority }),
    ...(timestamp_unix_ms === undefined ? {} : { timestampMs: timestamp_unix_ms }),
  };
}
