// Mosquitto with MQTT.js at QoS 1: `publish` with a callback on PUBACK; the client sends its own PUBACK when the handler
// of a message has returned.

import { connectAsync, type MqttClient } from 'mqtt';
import { CONSUMER_ID, PRODUCER_ID, TOPIC } from '../systems/mqtt.ts';
import { numberAt, numberedBody } from '../wire/numbered-block.ts';
import type { Driver } from '../work/driver.ts';
import type { Target } from '../work/words.ts';

const QOS_1 = { qos: 1 } as const;

const open = ({ host, port }: Target, clientId: string, clean: boolean): Promise<MqttClient> =>
  connectAsync(`mqtt://${host}:${port}`, { clientId, clean, protocolVersion: 4, reconnectPeriod: 0, keepalive: 0 });

const ping = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => {
    const heard = ({ cmd }: { readonly cmd: string }): void => {
      if (cmd !== 'pingresp') return;
      client.off('packetreceive', heard);
      resolve();
    };
    client.on('packetreceive', heard);
    client.sendPing();
  });

export const driver: Driver = {
  async openProducer({ job, window, fail }) {
    const client = await open(job.target, PRODUCER_ID, true);
    client.on('error', fail);
    const confirmed = (error?: Error | null): void => {
      if (error === null || error === undefined) window.confirm(1);
      else fail(error);
    };
    window.use(1, (index) => {
      client.publish(TOPIC, numberedBody(job.payloadSize, index), QOS_1, confirmed);
    });
  },

  async openConsumer({ job, book, fail }) {
    const client = await open(job.target, CONSUMER_ID, false);
    client.on('error', fail);
    client.on('message', (_topic, body) => book.note(0, numberAt(body, 0)));
    await client.subscribeAsync(TOPIC, QOS_1);
    return {
      // Answered behind every acknowledgement that was sent before.
      settled: () => ping(client),
    };
  },
};
