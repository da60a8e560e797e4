// Fanout of Tachyon by its frames: PUBLISH packets to the ROUTER, SUBs of `pkg/zmtp` at the PUB endpoint.

import type { Attributes } from '../../../../pkg/protocol/index.ts';
import { Sub } from '../../../../pkg/zmtp/index.ts';
import { PROBE_EVERY_MS, TOPIC } from '../systems/tachyon.ts';
import { CONFIRM, PublishRing, readConfirm } from '../wire/abtp.ts';
import { numberAt } from '../wire/numbered-block.ts';
import { PROBE } from '../work/delivery-book.ts';
import { type ConsumerSeat, chunkOf, type Driver } from '../work/driver.ts';
import { TachyonSession, TYPE_AT } from './tachyon-session.ts';

const FANOUT: Attributes = { delivery_mode: 'fanout' };
const PROBES_UNDER_WAY = 16;

export const driver: Driver = {
  async openProducer(seat) {
    const { job, window } = seat;
    const session = await TachyonSession.open(seat, 'race-producer', true, { packet: checkConfirm });
    const count = chunkOf(job.window);
    const ring = new PublishRing(TOPIC, FANOUT, job.payloadSize, count, job.window);
    window.use(count, (first, messages) => session.send(ring.packet(first, messages)));
  },

  async openConsumer(seat) {
    const { job, book, fail } = seat;
    for (let subscriber = 0; subscriber < job.subscribers; subscriber += 1) {
      const sub = new Sub({
        onMessages: (_peer, messages) => {
          for (let i = 0; i < messages.length; i += 1) book.note(subscriber, numberAt(messages[i]![1]!, 0));
        },
        onGone: (_peer, error) => fail(error),
      });
      sub.subscribe(TOPIC);
      sub.connect(job.target.pub);
    }
    await probe(seat);
    return {
      settled: () => Promise.resolve(),
    };
  },
};

/** The broker does not tell when a subscription is in force: messages are sent until each subscriber has got one. */
async function probe(seat: ConsumerSeat): Promise<void> {
  const { job, book } = seat;
  const session = await TachyonSession.open(seat, 'race-probe', true, { packet: checkConfirm });
  const ring = new PublishRing(TOPIC, FANOUT, job.payloadSize, 1, PROBES_UNDER_WAY);
  let sequence = 0;
  while (!book.isProbed) {
    const packet = Buffer.from(ring.packet(sequence, 1));
    packet.writeUInt32LE(PROBE, packet.length - job.payloadSize);
    session.send(packet);
    sequence += 1;
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  await session.close();
}

function checkConfirm(bytes: Uint8Array): void {
  if (bytes[TYPE_AT] !== CONFIRM) throw new Error(`tachyon: packet ${bytes[TYPE_AT]} to a producer`);
  const { exceptions } = readConfirm(bytes);
  if (exceptions > 0) throw new Error(`tachyon: ${exceptions} publishes were refused`);
}
