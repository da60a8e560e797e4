// JetStream by its protocol. Publishes carry a reply subject, and each is answered by an acknowledgement of the stream;
// the consumer is a durable one that is pushed to, with explicit acknowledgements, one for each message.

import { DURABLE, JS_STREAM, JS_SUBJECT, jsConsumer, jsStream } from '../systems/jetstream.ts';
import { encodeSub, PUB_TAIL, pubHead } from '../wire/nats.ts';
import { BlockRing, numberAt } from '../wire/numbered-block.ts';
import { OutBuffer } from '../wire/out-buffer.ts';
import { chunkOf, type Driver } from '../work/driver.ts';
import { DRIVER_SID, NatsSession } from './nats-session.ts';

const CONFIRMS = '_INBOX.p';
const DELIVERIES = '_INBOX.d';
/** How an acknowledgement of the stream begins; an error begins otherwise. */
const CONFIRMED = Buffer.from('{"stream":');
const ACK_HEAD = Buffer.from('PUB ');
const ACK_TAIL = Buffer.from(' 4\r\n+ACK\r\n');

const isConfirm = (bytes: Buffer, start: number): boolean =>
  bytes.compare(CONFIRMED, 0, CONFIRMED.length, start, start + CONFIRMED.length) === 0;

export const driver: Driver = {
  async openProducer(seat) {
    const { job, window } = seat;
    let confirms = 0;
    const session = await NatsSession.open(
      seat,
      (bytes, _sid, _replyStart, _replyEnd, start, end) => {
        if (!isConfirm(bytes, start)) throw new Error(`nats: refused a publish: ${bytes.toString('utf8', start, end)}`);
        confirms += 1;
      },
      () => {
        const count = confirms;
        confirms = 0;
        if (count > 0) window.confirm(count);
      },
    );
    session.line.write(encodeSub(CONFIRMS, DRIVER_SID));
    const count = chunkOf(job.window);
    const prefix = pubHead(JS_SUBJECT, CONFIRMS, job.payloadSize);
    const ring = new BlockRing({ prefix, bodyBytes: job.payloadSize, suffix: PUB_TAIL, count }, job.window);
    window.use(count, (first, messages) => session.line.write(ring.next().numbered(first, messages)));
  },

  async openConsumer(seat) {
    const { job, book } = seat;
    const acks = new OutBuffer();
    const session: NatsSession = await NatsSession.open(
      seat,
      (bytes, _sid, replyStart, replyEnd, start) => {
        book.note(0, numberAt(bytes, start));
        acks.append(ACK_HEAD);
        acks.appendPart(bytes, replyStart, replyEnd);
        acks.append(ACK_TAIL);
      },
      () => {
        if (acks.length > 0) session.line.write(acks.take());
      },
    );
    await session.ask(`$JS.API.STREAM.CREATE.${JS_STREAM}`, jsStream());
    session.line.write(encodeSub(DELIVERIES, DRIVER_SID));
    await session.ask(`$JS.API.CONSUMER.DURABLE.CREATE.${JS_STREAM}.${DURABLE}`, {
      stream_name: JS_STREAM,
      config: { ...jsConsumer(job.window), deliver_subject: DELIVERIES },
    });
    return {
      async settled() {
        // The server itself says that nothing is out any more.
        for (;;) {
          const info = await session.ask(`$JS.API.CONSUMER.INFO.${JS_STREAM}.${DURABLE}`);
          if (info['num_ack_pending'] === 0) return;
        }
      },
    };
  },
};
