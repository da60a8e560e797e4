// Planted faults of the broker, each as a careless broker would have it: the simulator must find every one of them.
// They stand between the broker and its world, or replace one thing of a broker that has recovered and not started;
// production code knows nothing of them.

import { isPacket, PACKET_TYPES } from '../../../pkg/protocol/abtp2/header.ts';
import { messageIdOf } from '../../../pkg/protocol/block.ts';
import type { Engine } from '../../app/engine.ts';
import type { SoundJournal } from '../../app/world.ts';
import type { Command } from '../../domain/command.ts';
import { WAITING } from '../../domain/entry-table.ts';
import { blockAt } from '../../domain/evolve.ts';
import { asDeliveryId, asPeerId, asPosition, asProducerId, type Position } from '../../domain/ids.ts';
import type { AuditEntry } from '../../usecase/ports/audit-store.ts';
import type { Disk, DiskFile } from '../../usecase/ports/disk.ts';
import type { Journal } from '../../usecase/ports/journal.ts';
import { readBlocks } from '../../usecase/read-blocks.ts';
import type { Plant } from '../sim/world/sim-broker.ts';
import type { SimTransport } from '../sim/world/sim-transport.ts';
import { batchTakenApart, tornBatch } from './batch-faults.ts';
import { faultyDisk } from './journal-faults.ts';
import { countLeaksAtRestart, nobodyMayWait, throttledForEver, unboundedBroker } from './limit-faults.ts';
import { forgottenTraits, keyGoesOnBeforeSync } from './order-faults.ts';

/** The journal that a broker is given, with some of its words replaced. */
const journalWith =
  (change: (journal: Journal) => void): NonNullable<Plant['journal']> =>
  (sound: SoundJournal): SoundJournal => {
    const start = sound.start.bind(sound);
    sound.start = () => {
      const journal = start();
      change(journal);
      return journal;
    };
    return sound;
  };

/** Everything that was handed to the disk counts as durable. */
const confirmBeforeSync: Plant = {
  journal: journalWith((journal) => {
    let last: Position = journal.durable;
    const commit = journal.commit.bind(journal);
    journal.commit = (urgent) => {
      last = commit(urgent);
      return last;
    };
    Object.defineProperty(journal, 'durable', { get: () => last });
  }),
};

/** Settlements happen in memory alone. */
const lostAck: Plant = {
  journal: journalWith((journal) => {
    const add = journal.add.bind(journal);
    journal.add = (event, blocks, timeMs) =>
      event.type === 'settled' ? { position: journal.durable, offset: 0, timeMs } : add(event, blocks, timeMs);
  }),
};

/** Delivery ids begin at 1 again with each start. */
const reusedToken: Plant = {
  engine: ({ state }) => {
    state.reservedThrough = asDeliveryId(1);
  },
};

/** W1: the first heartbeat of a registered consumer stops the desk, as a lock that is taken twice does. */
const heartbeatDeadlock: Plant = {
  transport: (transport: SimTransport) => {
    const listen = transport.listen.bind(transport);
    transport.listen = (handlers) => {
      let stuck = false;
      return listen({
        ...handlers,
        onBatch: (peer, messages) => {
          stuck ||= messages.some((frames) => isConsumerHeartbeat(frames.at(-1)));
          if (!stuck) handlers.onBatch(peer, messages);
        },
      });
    };
    return transport;
  },
};

function isConsumerHeartbeat(frame: Uint8Array | undefined): boolean {
  if (frame === undefined) return false;
  const control = isPacket(frame) && frame[3] === PACKET_TYPES.control;
  const text = control || frame[0] === 0x7b ? Buffer.from(frame).toString('utf8') : '';
  return text.includes('"consumer.heartbeat"');
}

/** W2: a torn tail costs the whole open segment, once something is appended behind it. */
const tornTailTakesSegment: Plant = {
  disk: (disk: Disk) =>
    withFiles(disk, (file) => ({
      writeSync: (bytes, offset) => {
        const zeros = bytes.every((byte) => byte === 0);
        if (zeros && file.name.endsWith('.segment')) file.writeSync(new Uint8Array(offset + bytes.length - 512), 512);
        else file.writeSync(bytes, offset);
      },
    })),
};

function withFiles(disk: Disk, change: (file: DiskFile) => Partial<DiskFile>): Disk {
  const wrap = (file: DiskFile): DiskFile => {
    const changed = change(file);
    return new Proxy(file, {
      get: (target, word: keyof DiskFile) => {
        const own = changed[word] ?? target[word];
        return typeof own === 'function' ? (own as (...of: unknown[]) => unknown).bind(target) : own;
      },
    });
  };
  return new Proxy(disk, {
    get: (target, word: keyof Disk) =>
      word === 'openSync'
        ? (name: string, mode: 'read' | 'readwrite') => wrap(target.openSync(name, mode))
        : (target[word] as (...of: unknown[]) => unknown).bind(target),
  });
}

/** W4: what waited for its retry when the broker stopped is there twice when it comes back. */
const restartDoublesRetries: Plant = {
  engine: (engine: Engine) => {
    for (const queue of engine.state.queues.values()) {
      const waiting = [...queue.entries.places()].filter(({ chunk, row }) => chunk.status[row] === WAITING);
      const wanted = waiting.map(blockAt);
      readBlocks(engine.journal, engine.broker.bodies, wanted, (blocks) => {
        for (const source of blocks) {
          if (source === null || !engine.state.queues.has(queue.id)) continue;
          const topic = new TextDecoder().decode(source.subarray(16, 16 + (source[8] as number)));
          const message = { topic, start: 0, end: source.length, tail: null, mode: 'both', fault: null } as const;
          engine.submit([
            {
              type: 'publish',
              peer: asPeerId(0),
              tenant: '',
              producer: asProducerId(0),
              firstSequence: 1,
              source,
              messages: [message],
            },
          ]);
        }
      });
    }
  },
};

/** The commands of a turn one by one, each announced when its turn comes; null when they are over. */
function announced(engine: Engine, announce: (command: Command | null) => void): void {
  const { broker } = engine;
  const turn = broker.turn.bind(broker);
  broker.turn = (commands, nowMs) => {
    const told = [...commands];
    function* iterate(): Generator<Command> {
      for (const command of [...commands]) {
        announce(command);
        yield command;
      }
      announce(null);
    }
    return turn(Object.assign(told, { [Symbol.iterator]: iterate }), nowMs);
  };
}

/** Room in the window of a consumer that acks wakes nobody, when `which` says so of the command that made the room. */
const noWakeAfter = (which: (command: Command | null) => boolean): Plant => ({
  engine: (engine: Engine) => {
    const { state } = engine;
    let current: Command | null = null;
    announced(engine, (command) => {
      current = command;
    });
    const wake = state.wake.bind(state);
    state.wake = (queues) => {
      const freed = [...state.sessions.values()].some((session) => session.acks && session.queues === queues);
      if (!freed || !which(current)) wake(queues);
    };
  },
});

/** W7: a message id that was acked once is never acked again. */
const reusedIdNeverAcked: Plant = {
  engine: (engine: Engine) => {
    const { broker, state } = engine;
    const completed = new Set<string>();
    const turn = broker.turn.bind(broker);
    const isNew = (delivery: Parameters<typeof state.leases.get>[0]): boolean => {
      const lease = state.leases.get(delivery);
      const place = lease?.queue.entries.find(lease.sequence) ?? null;
      if (place === null) return true;
      const { position, offset } = blockAt(place);
      const bodies = broker.bodies.get(position);
      const id = bodies === undefined ? '' : messageIdOf(bodies, offset);
      if (id === '') return true;
      const fresh = !completed.has(id);
      completed.add(id);
      return fresh;
    };
    broker.turn = (commands, nowMs) =>
      turn(
        commands.map((command) =>
          command.type === 'ack' ? { ...command, deliveries: command.deliveries.filter(isNew) } : command,
        ),
        nowMs,
      );
  },
};

/** W8: what is accepted while something else waits for the disk stays in memory, and is confirmed. */
const acceptedInMemory: Plant = {
  journal: journalWith((journal) => {
    const kept = new Map<Position, Uint8Array>();
    const add = journal.add.bind(journal);
    const recent = journal.recent.bind(journal);
    const retain = journal.retain.bind(journal);
    const release = journal.release.bind(journal);
    journal.add = (event, blocks, timeMs) => {
      if (event.type !== 'accepted' || event.firstSequence % 7 !== 0) return add(event, blocks, timeMs);
      const position = asPosition(-1 - kept.size);
      kept.set(position, Buffer.concat(blocks));
      return { position, offset: 0, timeMs };
    };
    journal.recent = (position) => kept.get(position) ?? recent(position);
    journal.retain = (position, bytes, entries) => (position < 0 ? undefined : retain(position, bytes, entries));
    journal.release = (position, bytes, entries) => (position < 0 ? undefined : release(position, bytes, entries));
  }),
};

/** An operator is answered when the line of the audit log is in memory; it goes to the disk with the next one. */
const answerBeforeAudit: Plant = {
  audit: (store) => {
    let kept: readonly AuditEntry[] = [];
    const append = store.append.bind(store);
    store.append = (entries, done) => {
      append(kept, () => undefined);
      kept = entries;
      done(null);
    };
    return store;
  },
};

/** W3: a replay takes the record out of the dead letters and keeps the message in memory alone. */
const replayInMemory: Plant = {
  journal: journalWith((journal) => {
    const add = journal.add.bind(journal);
    journal.add = (event, blocks, timeMs) => {
      if (event.type !== 'redriven') return add(event, blocks, timeMs);
      const { queue, sequences, operator } = event;
      add({ type: 'dead-letters-purged', queue, sequences, operator }, [], timeMs);
      return { position: journal.durable, offset: 0, timeMs };
    };
  }),
};

/** What a message waits for stands in memory alone. */
const forgottenTimes: Plant = {
  journal: journalWith((journal) => {
    const add = journal.add.bind(journal);
    journal.add = (event, blocks, timeMs) => {
      if (event.type !== 'accepted') return add(event, blocks, timeMs);
      const { times: _forgotten, ...rest } = event;
      return add(rest, blocks, timeMs);
    };
  }),
};

export const BROKER_FAULTS = {
  'a torn batch': tornBatch,
  'a batch taken message by message': batchTakenApart,
  'limits: nothing is bounded': unboundedBroker,
  'limits: a count leaks at a restart': countLeaksAtRestart,
  'limits: nobody may wait for room': nobodyMayWait,
  'limits: a throttled consumer starves': throttledForEver,
  'times forgotten at a restart': forgottenTimes,
  'a key goes on before its settlement is durable': keyGoesOnBeforeSync,
  'keys forgotten at a restart': forgottenTraits,
  'confirm before sync': confirmBeforeSync,
  'lost ack': lostAck,
  'answer before the audit line': answerBeforeAudit,
  'skipped folder sync': { disk: (disk) => faultyDisk(disk, 'skipped folder sync') },
  'reused token': reusedToken,
  'torn tail kept': { disk: (disk) => faultyDisk(disk, 'torn tail kept') },
  'W1: a heartbeat stops the desk': heartbeatDeadlock,
  'W2: a torn tail costs the open segment': tornTailTakesSegment,
  'W3: a replay that is lost with the process': replayInMemory,
  'W4: a restart doubles what waits for its retry': restartDoublesRetries,
  'W5: an ack does not wake the queue': noWakeAfter((command) => command?.type === 'ack'),
  'W6: a nack or a timeout frees a slot and wakes nobody': noWakeAfter(
    (command) => command === null || command.type === 'nack' || command.type === 'tick',
  ),
  'W7: a reused message id is never acked': reusedIdNeverAcked,
  'W8: an accept stays in memory': acceptedInMemory,
} as const satisfies Readonly<Record<string, Plant>>;

export type BrokerFault = keyof typeof BROKER_FAULTS;
