// A short life of a broker that leaves something of everything in its data folder: sealed segments and an open one, a
// checkpoint in the middle, queues, routes, producers, sessions, leases, retries, dead letters, a purge, an import, a
// relocation. Told with a fixed clock and fixed chance, so that it can be told again when a format version is added.

import { encodeBlock } from '../../../pkg/protocol/block.ts';
import type { Command, Publish, PublishMessage } from '../../domain/command.ts';
import type { Deliver } from '../../domain/effect.ts';
import { asPeerId, asProducerId, type PeerId } from '../../domain/ids.ts';
import { DEFAULT_LIMITS } from '../../domain/limits.ts';
import { DEFAULT_QUEUE_POLICY } from '../../domain/queue-policy.ts';
import { State } from '../../domain/state.ts';
import { FileCheckpointStore } from '../../repository/checkpoint/file-checkpoint-store.ts';
import { type OpenedJournal, openJournal } from '../../repository/journal/open-journal.ts';
import { RadixRouteIndex } from '../../repository/routes/radix-route-index.ts';
import { Broker } from '../../usecase/broker.ts';
import { Checkpointer } from '../../usecase/checkpoint/checkpointer.ts';
import { fingerprint } from '../../usecase/fingerprint.ts';
import type { Timers } from '../../usecase/ports/timers.ts';
import { recover } from '../../usecase/recover.ts';
import { Random } from '../sim/random.ts';
import type { SimDisk } from '../sim/sim-disk.ts';

const START_MS = 1_790_000_000_000;
const SEGMENT_BYTES = 16_384;
const PRODUCER: PeerId = asPeerId(4);
const WORKER: PeerId = asPeerId(8);
const RESUMABLE: PeerId = asPeerId(12);
const OPERATOR: PeerId = asPeerId(16);

/** Timers that fire when they are asked to, in the order of their times. */
class HandTimers implements Timers {
  #armed: { call: () => void }[] = [];

  after(_ms: number, call: () => void): () => void {
    const armed = { call };
    this.#armed.push(armed);
    return () => {
      this.#armed = this.#armed.filter((other) => other !== armed);
    };
  }

  fire(): boolean {
    const armed = this.#armed;
    this.#armed = [];
    for (const { call } of armed) call();
    return armed.length > 0;
  }
}

const newState = (): State => new State(new RadixRouteIndex(), DEFAULT_LIMITS, DEFAULT_QUEUE_POLICY);

const openOn = (disk: SimDisk, timers: Timers): OpenedJournal =>
  openJournal({
    disk,
    timers,
    salt: () => 0x5eed,
    segmentBytes: SEGMENT_BYTES,
    tailCacheBytes: 1024 * 1024,
    retryMs: 1_000,
  });

/** The state that a folder tells, and its fingerprint; nothing is written. */
export function readFolder(disk: SimDisk): { readonly state: State; readonly fingerprint: string } {
  const state = newState();
  recover(state, openOn(disk, new HandTimers()), new FileCheckpointStore(disk).load().checkpoint);
  return { state, fingerprint: fingerprint(state) };
}

/** Lives the story on an empty disk; the fingerprint is that of the running broker at its end. */
export function tellGoldenStory(disk: SimDisk): string {
  return new Story(disk).tell();
}

class Story {
  readonly #disk: SimDisk;
  readonly #timers = new HandTimers();
  readonly #state = newState();
  readonly #broker: Broker;
  readonly #checkpointer: Checkpointer;
  readonly #deliveries: Deliver[] = [];
  #nowMs = START_MS;
  #sequence = 1;

  constructor(disk: SimDisk) {
    this.#disk = disk;
    const store = new FileCheckpointStore(disk);
    const opened = openOn(disk, this.#timers);
    recover(this.#state, opened, store.load().checkpoint);
    const journal = opened.start();
    const observe = (): void => undefined;
    const wake = (): void => undefined;
    const chance = new Random(7);
    this.#broker = new Broker({
      state: this.#state,
      journal,
      chance,
      observe,
      readCacheBytes: 1024 * 1024,
      readChunkBytes: 256 * 1024,
      wake,
    });
    const clock = { wallMs: () => this.#nowMs, monotonicMs: () => this.#nowMs };
    const { state } = { state: this.#state };
    const timers = this.#timers;
    this.#checkpointer = new Checkpointer({
      state,
      journal,
      store,
      clock,
      timers,
      observe,
      everyBytes: 2 ** 40,
      slackBytes: 2 ** 40,
      pinned: () => false,
      audited: () => 'there',
      nudge: observe,
    });
  }

  tell(): string {
    const operator = { actor: 'golden', reason: 'story' };
    const request = { peer: OPERATOR, id: 1, operator };
    this.#run({ type: 'start' });
    for (const name of ['orders', 'audit']) {
      this.#run({
        type: 'declare-queue',
        request,
        tenant: '',
        name,
        policy: { attemptsMax: 2 },
        patterns: ['orders.>'],
      });
    }
    this.#run({
      type: 'import-catalog',
      request: null,
      operator,
      digest: 'c0ffee',
      refused: [],
      routes: [
        {
          tenant: '',
          pattern: 'metrics.>',
          kind: 'fanout',
          queueName: '',
          priority: 1,
          enabled: true,
          exclusive: false,
          metadata: {},
        },
        {
          tenant: '',
          pattern: 'user.created',
          kind: 'direct',
          queueName: 'node-1',
          priority: 5,
          enabled: true,
          exclusive: true,
          metadata: { owner: 'é' },
        },
      ],
    });
    this.#run({
      type: 'hello',
      peer: PRODUCER,
      tenant: '',
      producer: 'new',
      fresh: { token: 'p', hash: 'ab'.repeat(32) },
    });
    this.#register(WORKER, 'worker', false);
    this.#publish(40, 100);
    this.#ack(25);
    this.#nack('terminal', 1);
    this.#nack('retryable', 2);
    this.#publish(30, 900);
    this.#checkpoint();
    this.#run({ type: 'purge-queue', request, tenant: '', name: 'audit' });
    this.#publish(30, 900);
    this.#ack(40);
    this.#checkpoint();
    this.#register(RESUMABLE, 'resumable', true);
    this.#publish(20, 600);
    this.#advance(40_000);
    this.#nack('returned', 3);
    this.#run({ type: 'remove-route', request, tenant: '', pattern: 'metrics.>', queueName: null });
    this.#relocateOldest();
    this.#publish(5, 50);
    this.#settle();
    return fingerprint(this.#state);
  }

  #run(...commands: Command[]): void {
    this.#turn(commands);
    this.#settle();
  }

  #turn(commands: readonly Command[]): void {
    for (const { effect } of this.#broker.turn(commands, this.#nowMs)) {
      if (effect.type === 'deliver') this.#deliveries.push(effect);
    }
  }

  /** Until the disk is at rest and nothing waits for it. */
  #settle(): void {
    for (let round = 0; round < 8; round += 1) {
      this.#disk.settle();
      this.#timers.fire();
      this.#disk.settle();
      this.#turn([]);
    }
  }

  #advance(ms: number): void {
    this.#nowMs += ms;
    this.#run({ type: 'tick' });
  }

  #register(peer: PeerId, consumer: string, resumable: boolean): void {
    const fresh = { token: consumer, hash: 'cd'.repeat(32) };
    const window = { plain: false, windowMessages: 200, windowBytes: 1024 * 1024 };
    this.#run({
      type: 'register',
      peer,
      tenant: '',
      consumer,
      queue: 'orders',
      subscriptions: [],
      ...window,
      acks: true,
      resumable,
      pull: false,
      tokenHash: null,
      fresh,
    });
  }

  #publish(count: number, bytes: number): void {
    const messages: PublishMessage[] = [];
    const blocks: Uint8Array[] = [];
    let at = 0;
    for (let i = 0; i < count; i += 1) {
      const topic = i % 7 === 3 ? 'user.created' : `orders.${i % 3}`;
      const body = new Uint8Array(bytes + i).fill(i);
      const block = encodeBlock({
        topic,
        messageId: `m-${this.#sequence + i}`,
        attributes: { priority: 'high' },
        body,
      });
      blocks.push(block);
      messages.push({ topic, start: at, end: at + block.length, tail: null, mode: 'both', fault: null });
      at += block.length;
    }
    const source = new Uint8Array(at);
    let to = 0;
    for (const block of blocks) {
      source.set(block, to);
      to += block.length;
    }
    const command: Publish = {
      type: 'publish',
      peer: PRODUCER,
      tenant: '',
      producer: asProducerId(1),
      firstSequence: this.#sequence,
      source,
      messages,
    };
    this.#sequence += count;
    this.#run(command);
  }

  /** Delivery ids that are out with the worker, oldest first. */
  #out(count: number): number[] {
    const session = this.#state.sessionByPeer.get(WORKER);
    const held = [...this.#state.leases.all()].filter((lease) => lease.session === session);
    return held.slice(0, count).map((lease) => lease.delivery);
  }

  #ack(count: number): void {
    this.#run({ type: 'ack', peer: WORKER, deliveries: this.#out(count) as never, request: 1 });
  }

  #nack(status: 'retryable' | 'terminal' | 'returned', count: number): void {
    const items = this.#out(count).map((delivery) => ({
      delivery: delivery as never,
      status,
      reason: 'golden ✓',
      delayMs: null,
    }));
    this.#run({ type: 'nack', peer: WORKER, items, request: null });
  }

  #checkpoint(): void {
    let done = false;
    this.#checkpointer.begin(this.#nowMs, () => {
      done = true;
    });
    for (let round = 0; !done && round < 1_000; round += 1) this.#settle();
    if (!done) throw new Error('the checkpoint is written');
  }

  #relocateOldest(): void {
    const queue = this.#state.queueNamed('', 'node-1');
    const place = queue?.entries.oldest() ?? null;
    if (queue === undefined || place === null) throw new Error('node-1 holds a message');
    const length = place.chunk.length[place.row] as number;
    const sequence = place.chunk.sequenceOf(place.row) as never;
    this.#run({ type: 'relocate', sequence, queueIds: [queue.id], block: new Uint8Array(length).fill(1) });
  }
}
