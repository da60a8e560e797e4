// What an operator does who reads a reason: for each the act that its next step names, or, where it names none, what it says
// is under way. Nothing else is done, so that a reason that lies moves nothing.

import { evolve } from '../../domain/evolve.ts';
import type { Why } from '../../usecase/explain.ts';
import { aBroker, ack, anOperatorRequest, type BrokerFixture, peer, register } from '../fixtures/a-broker.ts';
import { Violation } from '../sim/audit/violation.ts';
import { KEYS, sessionsOf } from './stuck-worlds.ts';

/** Of a queue, or of a message in it. */
export type Answer = Pick<Why, 'reason' | 'detail' | 'next_step' | 'queue' | 'tenant_id'>;

export interface Intervention {
  /** What the answer must say beside the reason, so that it is an answer; empty where nothing has to be done. */
  readonly nextStep: RegExp;
  /** `choice`: which of several things, where any of them is to help. */
  readonly act: (broker: BrokerFixture, told: Answer, choice: number) => unknown;
  /** The broker is another one after it. */
  readonly restarts?: true;
  /** It goes by steps: about something else it may come again. */
  readonly repeats?: true;
}

/** The same reason again, after what it names was done: it is about something else, or others have moved meanwhile. */
export const mayFollow = (last: Answer, next: Answer): boolean =>
  next.reason === 'behind' || (INTERVENTIONS[next.reason]?.repeats === true && last.detail !== next.detail);

export function intervene(broker: BrokerFixture, told: Answer, choice: number): BrokerFixture {
  const intervention = INTERVENTIONS[told.reason];
  if (intervention === undefined) throw new Violation('stalled', `nobody knows what to do about "${told.reason}"`);
  const { nextStep, act, restarts } = intervention;
  if (told.detail === '' || !nextStep.test(told.next_step))
    throw new Violation('stalled', `"${told.reason}" says "${told.detail}" and to do: "${told.next_step}"`);
  if (restarts === true) return restart(broker);
  act(broker, told, choice);
  return broker;
}

const NOTHING_TO_DO = /^$/;
/** From here on nobody else has them. */
const HELPERS = 500;

const settleAll = (broker: BrokerFixture): void => {
  for (const session of sessionsOf(broker)) {
    const held = session.leases().map(({ delivery }) => delivery);
    if (session.peer !== null && held.length > 0) broker.turn(ack(session.peer, held));
  }
};

function addConsumer(broker: BrokerFixture, { queue }: Answer): void {
  const number = HELPERS + broker.state.nextSession;
  broker.turn(register({ peer: peer(number), consumer: `helper-${number}`, queue, windowMessages: 10 }));
}

const resume = (broker: BrokerFixture, { queue: name, tenant_id: tenant }: Answer): void =>
  void broker.turn({ type: 'steer-queue', request: anOperatorRequest(), tenant, name, word: 'resume' });

const resumeConsumer = (broker: BrokerFixture, consumer: string): void =>
  void broker.turn({ type: 'steer-consumer', request: anOperatorRequest(), tenant: '', consumer, word: 'resume' });

/** As long as the answer says, and no longer. */
function wait(broker: BrokerFixture, { detail }: Answer): void {
  const ms = Number(/ (?:for|in at most|in) (\d+) ms(?: more)?$/.exec(detail)?.[1]);
  if (!Number.isSafeInteger(ms)) throw new Error(`no time is named: ${detail}`);
  broker.nowMs += ms;
  broker.turn();
}

const waits: Intervention = { nextStep: NOTHING_TO_DO, act: wait };

const unblock = (broker: BrokerFixture): void => {
  for (const { peer: at, blocked } of sessionsOf(broker))
    if (at !== null && blocked) broker.turn({ type: 'peer-blocked', peer: at, blocked: false });
};

const fetchAll = (broker: BrokerFixture): void => {
  for (const { peer: at } of sessionsOf(broker))
    if (at !== null) broker.turn({ type: 'fetch', peer: at, count: 5, waitMs: 1_000, request: null });
};

/** What a next step may name for consumers without room, one `, or ` the other: any of them is to help. */
const WISHES: Readonly<Record<string, (broker: BrokerFixture, told: Answer) => void>> = {
  'let them read from their connections': unblock,
  'let them settle what they hold': settleAll,
  'let them fetch': fetchAll,
  'add consumers': addConsumer,
};

const RESUME_CONSUMER = /^tachyon consumers resume (\S+)$/;

const oneOfItsWishes: Intervention = {
  nextStep: /^(let them|add consumers|tachyon consumers resume)/,
  act: (broker, told, choice) => {
    const wishes = told.next_step.split(', or ');
    const wish = wishes[choice % wishes.length] ?? '';
    const consumer = RESUME_CONSUMER.exec(wish)?.[1];
    if (consumer !== undefined) return resumeConsumer(broker, consumer);
    const carryOut = WISHES[wish];
    if (carryOut === undefined) throw new Violation('stalled', `nobody knows how to do this: "${wish}"`);
    carryOut(broker, told);
  },
};

const toDisk = (broker: BrokerFixture): void => {
  broker.journal.sync();
  broker.turn();
};

/** Another process on what the disk has. */
function restart({ journal, nowMs }: BrokerFixture): BrokerFixture {
  const again = aBroker({ started: false, nowMs, readCacheBytes: 0 });
  const held = journal.events.filter(({ placement }) => placement.position <= journal.last);
  again.journal.groups.push(...journal.groups);
  again.journal.events.push(...held);
  again.journal.sync();
  for (const { event, placement } of held) evolve(again.state, event, placement, again.journal);
  again.state.dirty.clear();
  again.run({ type: 'start' });
  return again;
}

/** As the list of held keys tells them: here all there are. */
const keys =
  (word: 'resume' | 'release'): Intervention['act'] =>
  (broker, { queue: name, tenant_id: tenant }) => {
    for (const key of KEYS) broker.turn({ type: 'steer-key', request: anOperatorRequest(), tenant, name, key, word });
  };

export const INTERVENTIONS: Readonly<Record<string, Intervention>> = {
  paused: { nextStep: /^tachyon queues resume q$/, act: resume },
  draining: { nextStep: /^start it again$/, act: restart, restarts: true },
  no_consumer: { nextStep: /^start its consumers/, act: addConsumer },
  window_full: oneOfItsWishes,
  window_bytes_full: oneOfItsWishes,
  handing_over: { nextStep: NOTHING_TO_DO, act: toDisk },
  consumer_not_reading: oneOfItsWishes,
  nothing_fetched: oneOfItsWishes,
  consumers_busy: { ...oneOfItsWishes, repeats: true },
  consumer_paused: { ...oneOfItsWishes, repeats: true },
  consumer_draining: { ...oneOfItsWishes, repeats: true },
  throttled: { ...waits, repeats: true },
  tenant_inflight_full: { nextStep: /^let them settle what they hold/, act: settleAll, repeats: true },
  waiting_retry: waits,
  scheduled: waits,
  consumer_away: { nextStep: /^start (them|it) again, or wait$/, act: wait },
  key_paused: { nextStep: /^tachyon keys list q --held, then: tachyon keys resume q <key>$/, act: keys('resume') },
  key_parked: { nextStep: /^tachyon keys list q --held, then: tachyon keys release/, act: keys('release') },
  keys_busy: { nextStep: /^let consumers settle what they hold$/, act: settleAll },
  all_leased: { nextStep: NOTHING_TO_DO, act: settleAll },
  not_durable: { nextStep: NOTHING_TO_DO, act: toDisk },
  reading: {
    repeats: true,
    nextStep: NOTHING_TO_DO,
    act: (broker) => {
      broker.journal.completeReads();
      broker.turn();
    },
  },
  storage_full: {
    nextStep: /^make room on the disk/,
    act: (broker) => {
      broker.journal.setRoom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, null);
      broker.turn();
    },
  },
  unreadable: {
    nextStep: /purge/,
    act: (broker, { queue: name, tenant_id: tenant }) =>
      void broker.turn({ type: 'purge-queue', request: anOperatorRequest(), tenant, name }),
  },
  /** Of a message. */
  leased: { nextStep: NOTHING_TO_DO, act: settleAll },
  overdue: { nextStep: NOTHING_TO_DO, act: (broker) => void broker.turn() },
  dispatching: { nextStep: NOTHING_TO_DO, act: (broker) => void broker.turn() },
};
