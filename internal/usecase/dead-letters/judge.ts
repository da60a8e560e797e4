// Which of the selected dead letters a request may move, and why it may not move the others.

import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import type { JobOrder } from '../../domain/dead-letter-order.ts';
import { consumerOf, type Selected } from './selection.ts';

export interface RecordFailure {
  readonly message_id: string;
  readonly queue: string;
  readonly sequence: number;
  readonly code: ErrorCode;
  readonly error: string;
}

export interface Judged {
  readonly fit: readonly Selected[];
  readonly failures: readonly RecordFailure[];
}

/** By the request's order: its ids first, each known and meaning one record; then, for a replay, the target restated. */
export function judged(order: JobOrder, selected: readonly Selected[]): Judged {
  const failures: RecordFailure[] = [];
  const ofId = new Map<string, number>();
  for (const { card } of selected) ofId.set(card.messageId, (ofId.get(card.messageId) ?? 0) + 1);
  for (const id of new Set(order.filter.ids ?? [])) {
    if (ofId.has(id)) continue;
    failures.push({ message_id: id, queue: '', sequence: 0, code: 'DEAD_LETTER_NOT_FOUND', error: 'record not found' });
  }
  const fit = selected.filter((one) => {
    const fault = faultOf(order, one, ofId.get(one.card.messageId) ?? 0);
    if (fault === null) return true;
    const { queue, sequence, card } = one;
    failures.push({ message_id: card.messageId, queue: queue.name, sequence, ...fault });
    return false;
  });
  return { fit, failures };
}

function faultOf(order: JobOrder, one: Selected, sameId: number): Pick<RecordFailure, 'code' | 'error'> | null {
  const { queue, letter, card } = one;
  if (order.filter.ids !== null && sameId > 1) {
    return { code: 'AMBIGUOUS_ID', error: `${sameId} records have this id: name the queue or the sequence too` };
  }
  if (order.kind === 'purge') return null;
  const consumer = consumerOf(queue, letter);
  const { targetConsumer, targetTopic, toQueue } = order;
  const isRestated = targetConsumer === consumer || targetConsumer === queue.name;
  if (toQueue === null || targetConsumer !== null) {
    if (!isRestated) return { code: 'TARGET_MISMATCH', error: `target consumer mismatch: it is of "${consumer}"` };
  }
  if ((toQueue === null || targetTopic !== null) && targetTopic !== card.topic) {
    return { code: 'TARGET_MISMATCH', error: `target topic mismatch: it is of "${card.topic}"` };
  }
  return null;
}
