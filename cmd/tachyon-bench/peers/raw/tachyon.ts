// Tachyon by its packets over `pkg/zmtp`: PUBLISH packets that lie ready, confirms read as runs, deliveries acknowledged
// by their ids, all of a turn in one packet. The last acknowledgement is asked to be answered once it is durable.

import { PATTERN, QUEUE, TOPIC } from '../systems/tachyon.ts';
import { ACKED, AckPacket, CONFIRM, DELIVER, PublishRing, readConfirm, walkDeliver } from '../wire/abtp.ts';
import { chunkOf, type Driver } from '../work/driver.ts';
import { Answer } from './line.ts';
import { TachyonSession, TYPE_AT } from './tachyon-session.ts';

/** The durability that a confirm must say. */
const DISK = 2;
/** Acknowledgements that do not wait for the end of the turn: a part of the window, so that the broker fills it again. */
const ACKS_PER_WINDOW = 8;

export const driver: Driver = {
  async openProducer(seat) {
    const { job, window } = seat;
    let confirmed = 0;
    const session = await TachyonSession.open(seat, 'race-producer', true, {
      packet: (bytes) => {
        if (bytes[TYPE_AT] !== CONFIRM) throw new Error(`tachyon: packet ${bytes[TYPE_AT]} to a producer`);
        const { through, durability, exceptions } = readConfirm(bytes);
        if (exceptions > 0) throw new Error(`tachyon: ${exceptions} publishes were refused`);
        if (durability !== DISK) throw new Error(`tachyon: a confirm of durability ${durability}`);
        const added = through - confirmed;
        confirmed = through;
        window.confirm(added);
      },
    });
    const count = chunkOf(job.window);
    const ring = new PublishRing(TOPIC, {}, job.payloadSize, count, job.window);
    window.use(count, (first, messages) => session.send(ring.packet(first, messages)));
  },

  async openConsumer(seat) {
    const { job, book } = seat;
    const acks = new AckPacket();
    const acksFull = Math.max(1, Math.floor(job.window / ACKS_PER_WINDOW));
    let request = 0;
    let settling: Answer<void> | null = null;
    const flush = (): void => {
      if (acks.count > 0) session.send(acks.take(null));
    };
    const note = (index: number): void => book.note(0, index);
    const session: TachyonSession = await TachyonSession.open(seat, 'race-consumer', false, {
      packet: (bytes) => {
        if (bytes[TYPE_AT] === ACKED) return settling?.give();
        if (bytes[TYPE_AT] !== DELIVER) throw new Error(`tachyon: packet ${bytes[TYPE_AT]} to a consumer`);
        const { first, count } = walkDeliver(bytes, note);
        acks.add(first, count);
        if (acks.count >= acksFull && !book.isComplete) flush();
      },
      turnEnd: () => {
        // What completes a phase leaves by `settled`.
        if (!book.isComplete) flush();
      },
    });
    const registered = session.heard('consumer.registered');
    session.say({
      type: 'consumer.register',
      tenantId: '',
      consumerId: 'race-consumer',
      mode: 'direct',
      subscriptions: [PATTERN],
      queue: QUEUE,
      form: null,
      window: { messages: job.window, bytes: null },
      capabilities: { supportsAck: true, resumable: false, supportsCompression: [], supportsCodec: [], maxInflight: 0 },
      sessionToken: null,
    });
    await registered;
    return {
      async settled() {
        settling = new Answer<void>();
        request += 1;
        session.send(acks.take(request));
        await settling.promise;
      },
    };
  },
};
