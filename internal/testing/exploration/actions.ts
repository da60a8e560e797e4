// What may happen next in a small world: one entry for each kind of thing, with when it may and what it does. Things are
// plain values, so that a history is a list of them.

import { asDeliveryId, asPosition, asSessionId } from '../../domain/ids.ts';
import { ack, helloAgain, nack, publish, register } from '../fixtures/a-broker.ts';
import { Violation } from '../sim/audit/violation.ts';
import type { ConsumerClient, InHand, ProducerClient } from './clients.ts';
import { numberOf } from './history.ts';
import type { OptionalWord } from './scope.ts';
import type { SmallWorld } from './small-world.ts';

export interface Action {
  readonly kind: Kind;
  /** Of the producer or consumer, from 0. */
  readonly client: number;
  /** A message of the producer, a delivery, or a position: as the kind takes it. */
  readonly of: number;
}

interface Rule {
  /** Which of this kind may happen now. */
  readonly choices: (world: SmallWorld) => readonly Omit<Action, 'kind'>[];
  readonly run: (world: SmallWorld, action: Action) => void;
  /** Whether it needs nothing but clients that do their work and a machine that runs. */
  readonly isCalm: boolean;
  /** Whether it may write, and so waits for the disk. */
  readonly writes: boolean;
}

const ONCE = [{ client: 0, of: 0 }];

/** What consumers that are here have in hand, if this kind of word is in scope. */
const inHand = (world: SmallWorld, word: OptionalWord | null): Omit<Action, 'kind'>[] =>
  word !== null && !world.scope.words.includes(word)
    ? []
    : world.consumers.flatMap(({ isHere, hand }, client) =>
        isHere ? hand.map(({ delivery }) => ({ client, of: delivery })) : [],
      );

const present = (world: SmallWorld, word: OptionalWord): Omit<Action, 'kind'>[] =>
  world.scope.words.includes(word)
    ? world.consumers.flatMap(({ isHere }, client) => (isHere ? [{ client, of: 0 }] : []))
    : [];

function sends(world: SmallWorld, { client, of }: Action): void {
  const producer = world.producers[client];
  const wish = producer?.messages[of];
  if (producer === undefined || wish === undefined) return;
  const times = {
    due: wish.dueMs === undefined ? null : { afterMs: wish.dueMs },
    expiry: wish.ttlMs === undefined ? null : { afterMs: wish.ttlMs },
  };
  const known = world.history.accepts.has(numberOf(producer.id, of + 1));
  if (producer.known[of] === 'unsent') producer.known[of] = 'sent';
  const decision = world.run(
    publish({
      of: [{ topic: 'q', times: wish.dueMs === undefined && wish.ttlMs === undefined ? null : times }],
      peer: producer.peer,
      producer: producer.id,
      firstSequence: of + 1,
    }),
  );
  const answer = decision.effects.find((effect) => effect.type === 'published');
  if (answer !== undefined && answer.refusals.length === 0 && answer.duplicates.length > 0 !== known)
    throw new Violation(
      'duplicated',
      `a republish that ${known ? 'was' : 'was not'} accepted is answered as if it ${known ? 'was not' : 'was'}`,
    );
}

/** Of two that are alike the first one is the one that begins: histories in which the other does are the same ones. */
const isTwinOf = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** It was not confirmed, and no answer is on its way. */
const mustRepublish = ({ held }: SmallWorld, { peer, known }: ProducerClient, of: number): boolean =>
  known[of] === 'sent' && !held.some(({ effect }) => effect.peer === peer);

/** A word of a consumer on a delivery of its own: it has it in hand no more. */
function answers(
  world: SmallWorld,
  { client, of }: Action,
  say: (consumer: ConsumerClient, held: InHand) => void,
): void {
  const consumer = world.consumers[client];
  const held = consumer?.hand.find(({ delivery }) => delivery === of);
  if (consumer === undefined || held === undefined) return;
  consumer.hand = consumer.hand.filter((other) => other !== held);
  say(consumer, held);
}

/** Who may end a message by an ack: the one who has it. */
function acks(world: SmallWorld, consumer: ConsumerClient, { delivery, sequence }: InHand): void {
  const holder = world.history.lives.get(sequence)?.holder ?? null;
  const session = world.state.sessionByPeer.get(consumer.peer)?.id ?? asSessionId(0);
  const may = holder !== null && holder.delivery === delivery && holder.session === session;
  const ended = (): boolean => world.history.lives.get(sequence)?.end !== null;
  const before = ended();
  world.run(ack(consumer.peer, [delivery], sequence));
  if (ended() !== before && !may)
    throw new Violation('fencing', `${consumer.name} settles message ${sequence}, which it does not hold`);
  if (ended() === before && may)
    throw new Violation('fencing', `${consumer.name} holds message ${sequence} and cannot settle it`);
}

const nacks = (word: OptionalWord, status: 'retryable' | 'terminal' | 'returned'): Rule => ({
  choices: (world) => inHand(world, word),
  run: (world, action) =>
    answers(world, action, ({ peer }, { delivery }) => void world.run(nack(peer, delivery, status))),
  isCalm: false,
  writes: true,
});

/** Deliveries that are another's, or whose consumer lost its connection since. */
function othersDeliveries(world: SmallWorld): Omit<Action, 'kind'>[] {
  if (world.confusionsLeft === 0) return [];
  const known = world.consumers.flatMap(({ hand, lost }) => (lost === null ? hand : [...hand, lost]));
  const ids = [...new Set(known.map(({ delivery }) => delivery))];
  return world.consumers.flatMap(({ isHere, hand }, client) =>
    isHere ? ids.filter((id) => !hand.some(({ delivery }) => delivery === id)).map((of) => ({ client, of })) : [],
  );
}

const ACTIONS = {
  hello: {
    choices: ({ producers }) =>
      producers.flatMap(({ connected, saysHello, messages }, client) =>
        connected || saysHello || messages.length === 0 ? [] : [{ client, of: 0 }],
      ),
    run: (world, { client }) => {
      const producer = world.producers[client];
      if (producer === undefined) return;
      producer.saysHello = true;
      world.run(helloAgain(producer.peer, producer.id, producer.tokenHash));
    },
    isCalm: true,
    writes: true,
  },
  publish: {
    choices: ({ producers }) =>
      producers.flatMap(({ connected, known }, client) => {
        const of = known.indexOf('unsent');
        const isTwin = isTwinOf(producers[client]?.messages, producers[client - 1]?.messages);
        const waits = isTwin && producers[client - 1]?.known[0] === 'unsent';
        return connected && of >= 0 && !waits ? [{ client, of }] : [];
      }),
    run: sends,
    isCalm: true,
    writes: true,
  },
  /** Again what was sent: a producer that hears nothing must, any other may a few times. */
  republish: {
    choices: (world) =>
      world.producers.flatMap((producer, client) =>
        producer.known.flatMap((state, of) =>
          producer.connected && state !== 'unsent' && (mustRepublish(world, producer, of) || world.republishesLeft > 0)
            ? [{ client, of }]
            : [],
        ),
      ),
    run: (world, action) => {
      const producer = world.producers[action.client];
      if (producer !== undefined && !mustRepublish(world, producer, action.of)) world.republishesLeft -= 1;
      sends(world, action);
    },
    isCalm: true,
    writes: true,
  },
  register: {
    choices: ({ consumers }) =>
      consumers.flatMap(({ isHere, kind }, client) => {
        const before = consumers[client - 1];
        const waits = before?.wasHere === false && isTwinOf(kind, before.kind);
        return isHere || waits ? [] : [{ client, of: 0 }];
      }),
    run: (world, { client }) => {
      const consumer = world.consumers[client];
      if (consumer === undefined) return;
      const { window, acks: acknowledges, resumable } = consumer.kind;
      consumer.isHere = true;
      consumer.wasHere = true;
      const fresh = { token: consumer.name, hash: consumer.name };
      world.run(
        register({
          peer: consumer.peer,
          consumer: consumer.name.replace(' ', '-'),
          queue: 'q',
          windowMessages: window,
          acks: acknowledges,
          resumable,
          tokenHash: consumer.tokenHash,
          fresh,
        }),
      );
    },
    isCalm: true,
    writes: true,
  },
  deregister: {
    choices: (world) => present(world, 'deregister'),
    run: (world, { client }) => {
      const consumer = world.consumers[client];
      if (consumer === undefined) return;
      world.run({ type: 'deregister', peer: consumer.peer });
      consumer.cutOff();
    },
    isCalm: false,
    writes: true,
  },
  'peer-gone': {
    choices: (world) => present(world, 'peer-gone'),
    run: (world, { client }) => {
      const consumer = world.consumers[client];
      if (consumer === undefined) return;
      world.run({ type: 'peer-gone', peer: consumer.peer, cause: 'gone' });
      consumer.cutOff();
    },
    isCalm: false,
    writes: true,
  },
  ack: {
    choices: (world) => inHand(world, null),
    run: (world, action) => answers(world, action, (consumer, held) => acks(world, consumer, held)),
    isCalm: true,
    writes: true,
  },
  'nack-retryable': nacks('nack-retryable', 'retryable'),
  'nack-terminal': nacks('nack-terminal', 'terminal'),
  'nack-returned': nacks('nack-returned', 'returned'),
  extend: {
    choices: (world) => inHand(world, 'extend'),
    run: (world, { client, of }) => {
      const consumer = world.consumers[client];
      if (consumer === undefined) return;
      world.run({ type: 'extend', peer: consumer.peer, deliveries: [asDeliveryId(of)], byMs: null, request: null });
    },
    isCalm: false,
    writes: true,
  },
  /** An ack of a delivery that its sender does not hold. */
  'ack-of-another': {
    choices: othersDeliveries,
    run: (world, { client, of }) => {
      const consumer = world.consumers[client];
      const known = world.consumers.flatMap(({ hand, lost }) => (lost === null ? hand : [...hand, lost]));
      const held = known.find(({ delivery }) => delivery === of);
      world.confusionsLeft -= 1;
      if (consumer !== undefined && held !== undefined) acks(world, consumer, held);
    },
    isCalm: false,
    writes: true,
  },
  dispatch: {
    choices: ({ state }) => (state.dirty.size > 0 ? ONCE : []),
    run: (world) => world.dispatch(),
    isCalm: true,
    writes: true,
  },
  sync: {
    choices: ({ pending }) => (pending > 0 ? ONCE : []),
    run: (world) => world.sync(),
    isCalm: true,
    writes: false,
  },
  'time passes': {
    choices: ({ eventMs, nowMs }) => (Number.isFinite(eventMs) && eventMs > nowMs ? ONCE : []),
    run: (world) => world.passTime(),
    isCalm: true,
    writes: false,
  },
  tick: {
    choices: ({ dueMs, nowMs }) => (dueMs <= nowMs ? ONCE : []),
    run: (world) => world.tick(),
    isCalm: true,
    writes: true,
  },
  /** With any part of what was on its way to the disk. */
  crash: {
    choices: ({ crashesLeft, durable, pending }) =>
      crashesLeft === 0 ? [] : Array.from({ length: pending + 1 }, (_, more) => ({ client: 0, of: durable + more })),
    run: (world, { of }) => world.crash(asPosition(of)),
    isCalm: false,
    writes: false,
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type Kind = keyof typeof ACTIONS;
const KINDS = Object.keys(ACTIONS) as Kind[];

export function actionsOf(world: SmallWorld): Action[] {
  const mayWrite = world.pending < world.scope.pendingMax;
  return KINDS.flatMap((kind) => {
    const rule: Rule = ACTIONS[kind];
    return rule.writes && !mayWrite ? [] : rule.choices(world).map((choice) => ({ kind, ...choice }));
  });
}

export const isCalm = ({ kind }: Action): boolean => ACTIONS[kind].isCalm;

export function act(world: SmallWorld, action: Action): void {
  ACTIONS[action.kind].run(world, action);
}

/** For people. */
export function described({ kind, client, of }: Action): string {
  switch (kind) {
    case 'hello':
      return `producer ${client + 1} says hello again`;
    case 'publish':
    case 'republish':
      return `producer ${client + 1} ${kind}es its message ${of + 1}`;
    case 'dispatch':
    case 'sync':
    case 'tick':
    case 'time passes':
      return kind;
    case 'crash':
      return `crash, with the disk as far as group ${of}`;
    case 'register':
    case 'deregister':
    case 'peer-gone':
      return `consumer ${client + 1}: ${kind}`;
    default:
      return `consumer ${client + 1}: ${kind} of delivery ${of}`;
  }
}
