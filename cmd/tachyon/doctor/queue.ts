// Why a queue does not move, or that it does. The scheduler's own answer says what holds messages up; what stands here
// beside it is what it does not look at: routes, age, dead letters, and what is broken although messages flow.

import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';
import { shellWord } from '../../../pkg/protocol/shell-word.ts';
import { cell, duration } from '../output/cell.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

export interface QueueFacts {
  /** Answer of `queues.why`: the scheduler's own reason. */
  readonly why: JsonObject;
  /** Answer of `queues.show`. */
  readonly queue: JsonObject;
  /** Answer of `status`. */
  readonly status: JsonObject;
}

const count = (object: JsonObject, name: string): number => {
  const value = object[name];
  return typeof value === 'number' ? value : 0;
};

export function whyQueue(facts: QueueFacts): readonly Finding[] {
  return [
    delivery(facts),
    ...routes(facts),
    ...consumers(facts),
    ...messages(facts),
    ...deadLetters(facts),
    ...broker(facts),
  ];
}

/** Of items of `messages.trace`. */
export const whyMessages = (items: readonly JsonObject[]): readonly Finding[] =>
  items.map((item) => reasonFound(`#${String(cell(item['sequence']))}`, isObject(item['why']) ? item['why'] : {}));

/** Reasons that pass by themselves, or say that all is as it should be. */
const MOVING = [
  'dispatching',
  'empty',
  'all_leased',
  'leased',
  'handing_over',
  'not_durable',
  'reading',
  'waiting_retry',
  'scheduled',
  'overdue',
  'throttled',
];
const BROKEN = ['no_consumer', 'storage_full', 'unreadable'];

const delivery = ({ why }: QueueFacts): Finding => reasonFound('delivery', why);

/** A reason of the scheduler's, as a finding. */
function reasonFound(check: string, why: JsonObject): Finding {
  const reason = String(cell(why['reason']));
  const detail = `${reason}: ${String(cell(why['detail']))}`;
  if (MOVING.includes(reason)) return ok(check, detail);
  const next = String(cell(why['next_step']));
  return (BROKEN.includes(reason) ? fail : warn)(check, detail, next);
}

function routes({ queue }: QueueFacts): readonly Finding[] {
  const name = shellWord(String(cell(queue['queue'])));
  const all = objectsIn(queue['routes']);
  const enabled = all.filter((route) => route['enabled'] === true);
  if (enabled.length > 0) return [ok('routes', `${enabled.length} lead to it`)];
  const detail = all.length === 0 ? 'none leads to it' : 'all that lead to it are disabled';
  return [warn('routes', `${detail}: nothing new comes in`, `tachyon queues bind ${name} <patterns…>`)];
}

/** One that is stuck while others have room holds nothing up, and still wants a look. */
function consumers({ why }: QueueFacts): readonly Finding[] {
  const stuck = objectsIn(why['consumers']).filter(({ reason }) => reason === 'consumer_not_reading');
  if (stuck.length === 0 || why['reason'] === 'consumer_not_reading') return [];
  const detail = `${names(stuck)} does not read what is sent to it`;
  return [warn('consumers', detail, 'look at that process; restart it if it hangs')];
}

const objectsIn = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

const NAMES_SHOWN = 3;

function names(sessions: readonly JsonObject[]): string {
  const shown = sessions.slice(0, NAMES_SHOWN).map((session) => cell(session['consumer_id']));
  return sessions.length > NAMES_SHOWN
    ? `${shown.join(', ')} and ${sessions.length - NAMES_SHOWN} more`
    : shown.join(', ');
}

function messages({ queue, why }: QueueFacts): readonly Finding[] {
  if (count(queue, 'depth') === 0) return [];
  const age = queue['oldest_unacked_ms'];
  const oldest = typeof age === 'number' ? `, the oldest for ${duration(age)}` : '';
  const of = (name: string): string => cell(count(queue, name));
  const later = count(queue, 'scheduled') === 0 ? '' : `, ${of('scheduled')} due later`;
  const detail = `${of('ready')} ready, ${of('leased')} with consumers, ${of('waiting_retry')} waiting for a retry${later}${oldest}`;
  const unreadable = count(queue, 'unreadable');
  if (unreadable === 0 || why['reason'] === 'unreadable') return [ok('messages', detail)];
  const next = 'the log names file and byte; docs/operations.md tells what to do';
  return [ok('messages', detail), fail('bodies', `${cell(unreadable)} are damaged on disk and kept back`, next)];
}

function deadLetters({ queue }: QueueFacts): readonly Finding[] {
  const dead = count(queue, 'dead_letters');
  if (dead === 0) return [];
  const name = shellWord(cell(queue['queue']));
  return [warn('dead letters', `${cell(dead)} gave up`, `tachyon dlq groups --queue ${name}`)];
}

function broker({ status, why }: QueueFacts): readonly Finding[] {
  const journal = isObject(status['journal']) ? status['journal'] : {};
  const { blocked } = journal;
  const found: Finding[] = [];
  if (blocked !== null && blocked !== undefined && why['reason'] !== 'storage_full') {
    found.push(
      fail('journal', `no room for new messages: ${cell(blocked)}`, 'make room: docs/operations.md tells how'),
    );
  }
  if (status['draining'] === true && why['reason'] !== 'draining')
    found.push(warn('broker', 'it is shutting down', 'wait for its next start'));
  return found;
}
