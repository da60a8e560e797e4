// Why a consumer gets nothing, for people: from the answers of `queues.why`.

import type { JsonObject } from '../../../pkg/protocol/json.ts';
import { safe } from '../output/cell.ts';

/** The next message is on its way. */
const COMING: readonly string[] = ['dispatching', 'reading', 'not_durable'];

/** A line or two for each queue from which nothing is on its way. */
export const waitingTexts = (whys: readonly JsonObject[]): readonly string[] =>
  whys.filter(({ reason }) => !COMING.includes(String(reason))).map((why) => `waiting: ${told(why)}`);

/** Of queues that hold messages which cannot come now, whoever asks for them. */
export const stuckTexts = (whys: readonly JsonObject[]): readonly string[] =>
  whys.flatMap((why) => {
    const held = heldText(why);
    return held === '' ? [] : [`not empty: queue ${nameOf(why)}: ${held}${nextOf(why)}`];
  });

function told(why: JsonObject): string {
  const beside = [counted(why, 'ready', 'ready'), counted(why, 'dead_letters', 'in its dead letters')].filter(Boolean);
  const detail = safe(String(why['detail']));
  return `queue ${nameOf(why)}: ${detail}${beside.length === 0 ? '' : ` (${beside.join(', ')})`}${nextOf(why)}`;
}

/** Reasons for which what is ready stays where it is. */
const HELD_UP: readonly string[] = ['paused', 'draining', 'storage_full'];

function heldText(why: JsonObject): string {
  const reason = String(why['reason']);
  const isHeldUp = HELD_UP.includes(reason);
  const parts = [
    isHeldUp ? counted(why, 'ready', 'ready') : '',
    counted(why, 'waiting_retry', 'waiting for a retry'),
    counted(why, 'scheduled', 'due later'),
    counted(why, 'unreadable', 'damaged on disk'),
  ].filter(Boolean);
  if (parts.length === 0) return '';
  return `${isHeldUp ? `${safe(String(why['detail']))}, ` : ''}${parts.join(', ')}`;
}

function counted(why: JsonObject, field: string, words: string): string {
  const count = Number(why[field] ?? 0);
  return count === 0 ? '' : `${count} ${words}`;
}

const nameOf = ({ queue }: JsonObject): string => safe(JSON.stringify(queue));

/** What the reason's own answer advises, where that is about the queue as a whole. */
function nextOf({ reason, next_step: next }: JsonObject): string {
  const isOfSomebodyElse = reason === 'nothing_fetched' || reason === 'consumers_busy';
  return isOfSomebodyElse || typeof next !== 'string' || next === '' ? '' : `\n  next: ${safe(next)}`;
}
