// NATS core by its protocol: a publish to every subscriber, nothing stored and nothing acknowledged.

import { CORE_SUBJECT } from '../systems/nats-core.ts';
import { encodeSub, PUB_TAIL, pubHead } from '../wire/nats.ts';
import { BlockRing, numberAt } from '../wire/numbered-block.ts';
import { chunkOf, type Driver } from '../work/driver.ts';
import { DRIVER_SID, NatsSession } from './nats-session.ts';

export const driver: Driver = {
  async openProducer(seat) {
    const { job, window } = seat;
    const session = await NatsSession.open(seat, () => undefined);
    const count = chunkOf(job.window);
    const prefix = pubHead(CORE_SUBJECT, '', job.payloadSize);
    const ring = new BlockRing({ prefix, bodyBytes: job.payloadSize, suffix: PUB_TAIL, count }, job.window);
    window.use(count, (first, messages) => session.line.write(ring.next().numbered(first, messages)));
  },

  async openConsumer(seat) {
    const { job, book } = seat;
    for (let subscriber = 0; subscriber < job.subscribers; subscriber += 1) {
      const session = await NatsSession.open(seat, (bytes, _sid, _replyStart, _replyEnd, start) =>
        book.note(subscriber, numberAt(bytes, start)),
      );
      session.line.write(encodeSub(CORE_SUBJECT, DRIVER_SID));
      await session.flushed();
    }
    return {
      settled: () => Promise.resolve(),
    };
  },
};
