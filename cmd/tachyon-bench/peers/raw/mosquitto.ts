// MQTT 3.1.1 with QoS 1 by its packets: every publish has a PUBACK of the broker, every delivery one of the consumer,
// whose session is a lasting one.

import { CONSUMER_ID, PRODUCER_ID, TOPIC } from '../systems/mqtt.ts';
import {
  encodeConnect,
  encodeSubscribe,
  MqttParser,
  PACKET_ID_MAX,
  PACKETS,
  PINGREQ,
  publishHead,
  writePuback,
} from '../wire/mqtt.ts';
import { BlockRing, numberAt } from '../wire/numbered-block.ts';
import { OutBuffer } from '../wire/out-buffer.ts';
import { chunkOf, type Driver } from '../work/driver.ts';
import { Answer, type Line, openLine } from './line.ts';

const NOTHING = new Uint8Array(0);
const PUBACK_BYTES = 4;
const REFUSED = 0x80;
const RETURN_CODE_AT = 1;
const SUBSCRIPTION_ID = 1;

export const driver: Driver = {
  async openProducer(seat) {
    const { job, window } = seat;
    const connected = new Answer<void>();
    let confirms = 0;
    const parser = new MqttParser((type, _flags, bytes, start) => {
      if (type === PACKETS.puback) confirms += 1;
      else if (type === PACKETS.connack) greet(bytes, start, connected);
    });
    const line = await openLine(seat, (chunk) => {
      parser.push(chunk);
      const count = confirms;
      confirms = 0;
      if (count > 0) window.confirm(count);
    });
    line.write(encodeConnect(PRODUCER_ID, true));
    await connected.promise;
    const count = chunkOf(job.window);
    const prefix = publishHead(TOPIC, job.payloadSize);
    const idAt = prefix.length - 2;
    const ring = new BlockRing({ prefix, bodyBytes: job.payloadSize, suffix: NOTHING, count }, job.window);
    window.use(count, (first, messages) => {
      const block = ring.next();
      const bytes = block.numbered(first, messages);
      for (let i = 0; i < messages; i += 1) {
        const id = ((first + i) % PACKET_ID_MAX) + 1;
        bytes[i * block.stride + idAt] = id >>> 8;
        bytes[i * block.stride + idAt + 1] = id;
      }
      line.write(bytes);
    });
  },

  async openConsumer(seat) {
    const { book } = seat;
    const connected = new Answer<void>();
    const subscribed = new Answer<void>();
    const pongs: Answer<void>[] = [];
    const acks = new OutBuffer();
    const parser = new MqttParser((type, _flags, bytes, start) => {
      if (type === PACKETS.publish) {
        const idAt = start + 2 + ((bytes[start]! << 8) | bytes[start + 1]!);
        book.note(0, numberAt(bytes, idAt + 2));
        const { bytes: into, at } = acks.reserve(PUBACK_BYTES);
        writePuback(into, at, (bytes[idAt]! << 8) | bytes[idAt + 1]!);
      } else if (type === PACKETS.connack) greet(bytes, start, connected);
      else if (type === PACKETS.suback) {
        if (bytes[start + 2] === REFUSED) throw new Error('mqtt: the subscription was refused');
        subscribed.give();
      } else if (type === PACKETS.pingresp) pongs.shift()?.give();
    });
    const line: Line = await openLine(seat, (chunk) => {
      parser.push(chunk);
      if (acks.length > 0) line.write(acks.take());
    });
    line.write(encodeConnect(CONSUMER_ID, false));
    await connected.promise;
    line.write(encodeSubscribe(SUBSCRIPTION_ID, TOPIC));
    await subscribed.promise;
    return {
      settled() {
        const pong = new Answer<void>();
        pongs.push(pong);
        line.write(PINGREQ);
        return pong.promise;
      },
    };
  },
};

function greet(bytes: Buffer, start: number, connected: Answer<void>): void {
  const code = bytes[start + RETURN_CODE_AT];
  if (code !== 0) throw new Error(`mqtt: the connection was refused with ${code}`);
  connected.give();
}
