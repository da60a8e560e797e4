// A consumer of the kill run: enters what it sees into its book, then acknowledges it. Told to stop, it takes what is left
// and ends when its queue has been silent for a while.

import { type Consumer, connect } from '../../../pkg/client/index.ts';
import { Book, checksumOf } from './book.ts';

const SILENT_MS = 2_000;

const [router = '', name = '', queue = '', path = ''] = process.argv.slice(2);
const client = await connect({ router, name, timeoutMs: 60_000, reconnect: { initialMs: 10, maxMs: 100 } });
const book = new Book(path);
let stopping = false;
let lastSeenMs = performance.now();
let seen = 0;
let consumer: Consumer | null = null;

process.on('message', () => {
  stopping = true;
  lastSeenMs = performance.now();
});
const watch = setInterval(() => {
  if (stopping && performance.now() - lastSeenMs > SILENT_MS) void consumer?.drain();
}, 100);

consumer = await client.consume({ queue, window: { messages: 512 } }, (delivery) => {
  lastSeenMs = performance.now();
  seen += 1;
  book.write([[delivery.messageId, checksumOf(delivery.body)]]);
});
await consumer.closed();
clearInterval(watch);
await client.close();
book.close();
process.send?.({ seen }, () => process.disconnect());
