// A producer of the kill run, in a process of its own: publishes batches for as long as it is told to, and enters each
// message into its book, with a sync, as soon as the broker has confirmed it. One in KEPT_EVERY also goes to a queue that
// nobody reads before the end, so that the folder grows and old messages have to move.

import { randomBytes } from 'node:crypto';
import { connect } from '../../../pkg/client/index.ts';
import { Book, checksumOf } from './book.ts';

const BATCH = 128;
const BODY_BYTES_MAX = 1_500;
const KEPT_EVERY = 25;

const [router = '', name = '', path = ''] = process.argv.slice(2);
const client = await connect({ router, name, timeoutMs: 60_000, reconnect: { initialMs: 10, maxMs: 100 } });
const book = new Book(path);
const report = { sent: 0, confirmed: 0, refused: 0, uncertain: 0, duplicates: 0 };
client.on('producer-renewed', ({ uncertain }) => {
  report.uncertain += uncertain;
});
let stopping = false;
process.on('message', () => {
  stopping = true;
});

while (!stopping) {
  const batch = Array.from({ length: BATCH }, () => {
    report.sent += 1;
    const messageId = `${name}-${report.sent}`;
    const topic = report.sent % KEPT_EVERY === 0 ? 'load.kept' : 'load.work';
    return { topic, messageId, body: randomBytes(1 + Math.floor(Math.random() * BODY_BYTES_MAX)) };
  });
  const results = await client.publishBatch(batch);
  const confirmed: [string, string][] = [];
  results.forEach((result, index) => {
    const message = batch[index];
    if (message === undefined) return;
    if (!result.ok || result.receipt.durability !== 'disk') report.refused += 1;
    else {
      confirmed.push([`${message.topic === 'load.kept' ? 'k' : 'w'}:${message.messageId}`, checksumOf(message.body)]);
      if (result.receipt.duplicate !== false) report.duplicates += 1;
    }
  });
  book.write(confirmed);
  book.sync();
  report.confirmed += confirmed.length;
}
await client.close();
book.close();
process.send?.(report, () => process.disconnect());
