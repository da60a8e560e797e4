// Why a queue does not move, or that it does: rules over what the broker says of the queue and of itself. Each finding
// names what holds messages up, and the command or deed that helps.

import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';
import { cell, duration } from '../output/cell.ts';
import { shellWord } from '../output/shell-word.ts';
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

/** Reasons that pass by themselves, or say that all is as it should be. */
const MOVING = ['dispatching', 'empty', 'all_leased', 'not_durable', 'reading', 'waiting_retry'];
const BROKEN = ['no_consumer', 'storage_full', 'unreadable'];

function delivery({ why }: QueueFacts): Finding {
  const reason = String(cell(why['reason']));
  const detail = `${reason}: ${String(cell(why['detail']))}`;
  if (MOVING.includes(reason)) return ok('delivery', detail);
  const next = String(cell(why['next_step']));
  return (BROKEN.includes(reason) ? fail : warn)('delivery', detail, next);
}

function routes({ queue }: QueueFacts): readonly Finding[] {
  const name = shellWord(String(cell(queue['queue'])));
  const all = Array.isArray(queue['routes']) ? queue['routes'].filter(isObject) : [];
  const enabled = all.filter((route) => route['enabled'] === true);
  if (enabled.length > 0) return [ok('routes', `${enabled.length} lead to it`)];
  const detail = all.length === 0 ? 'none leads to it' : 'all that lead to it are disabled';
  return [warn('routes', `${detail}: nothing new comes in`, `tachyon queues bind ${name} <patterns…>`)];
}

function consumers({ queue }: QueueFacts): readonly Finding[] {
  const sessions = Array.isArray(queue['sessions']) ? queue['sessions'].filter(isObject) : [];
  if (count(queue, 'consumers') === 0) {
    if (count(queue, 'depth') === 0) return [ok('consumers', 'none, and nothing waits for one')];
    return [fail('consumers', 'none is attached: nobody takes what waits', 'start its consumers')];
  }
  const stuck = sessions.filter((session) => session['blocked'] === true);
  const full = sessions.filter((session) => count(session, 'inflight') >= count(session, 'window'));
  const found: Finding[] = [];
  if (stuck.length > 0) {
    found.push(
      warn(
        'consumers',
        `${names(stuck)} does not read what is sent to it`,
        'look at that process; restart it if it hangs',
      ),
    );
  }
  if (full.length > 0 && full.length === sessions.length) {
    found.push(
      warn(
        'consumers',
        `each holds as many as it may (${names(full)}): they take longer than messages come`,
        'add consumers, or raise MAX_INFLIGHT_PER_CONSUMER; do they acknowledge?',
      ),
    );
  }
  return found.length > 0 ? found : [ok('consumers', `${sessions.length} with room for more`)];
}

const NAMES_SHOWN = 3;

function names(sessions: readonly JsonObject[]): string {
  const shown = sessions.slice(0, NAMES_SHOWN).map((session) => cell(session['consumer_id']));
  return sessions.length > NAMES_SHOWN
    ? `${shown.join(', ')} and ${sessions.length - NAMES_SHOWN} more`
    : shown.join(', ');
}

function messages({ queue }: QueueFacts): readonly Finding[] {
  const [depth, ready, leased, waiting, unreadable] = [
    count(queue, 'depth'),
    count(queue, 'ready'),
    count(queue, 'leased'),
    count(queue, 'waiting_retry'),
    count(queue, 'unreadable'),
  ];
  if (depth === 0) return [ok('messages', 'it is empty')];
  const age = queue['oldest_unacked_ms'];
  const oldest = typeof age === 'number' ? `, the oldest for ${duration(age)}` : '';
  const detail = `${cell(ready)} ready, ${cell(leased)} with consumers, ${cell(waiting)} waiting for a retry${oldest}`;
  const found: Finding[] = [];
  if (waiting > 0 && waiting === depth) {
    const next = 'mend what fails; queues show tells the backoff, and history comes with dlq inspect once one has died';
    found.push(warn('messages', `${detail}: all have failed and wait for their next attempt`, next));
  } else if (leased > 0 && leased === depth) {
    found.push(ok('messages', `${detail}: all are being worked on`));
  } else found.push(ok('messages', detail));
  if (unreadable > 0) {
    found.push(
      fail(
        'bodies',
        `${cell(unreadable)} are damaged on disk and kept back`,
        'the log names file and byte; docs/operations.md tells what to do',
      ),
    );
  }
  return found;
}

function deadLetters({ queue }: QueueFacts): readonly Finding[] {
  const dead = count(queue, 'dead_letters');
  if (dead === 0) return [];
  const name = shellWord(cell(queue['queue']));
  return [warn('dead letters', `${cell(dead)} gave up`, `tachyon dlq groups --queue ${name}`)];
}

function broker({ status }: QueueFacts): readonly Finding[] {
  const journal = isObject(status['journal']) ? status['journal'] : {};
  const { blocked } = journal;
  const found: Finding[] = [];
  if (blocked !== null && blocked !== undefined) {
    found.push(
      fail('journal', `no room for new messages: ${cell(blocked)}`, 'make room: docs/operations.md tells how'),
    );
  }
  if (status['draining'] === true) found.push(warn('broker', 'it is shutting down', 'wait for its next start'));
  return found;
}
