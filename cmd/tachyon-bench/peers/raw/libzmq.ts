// The limit of the native binding: a DEALER that sends and a ROUTER that receives, no broker between them. There is no
// confirm but the consumer's feedback, by which the window holds here too.

import { Dealer, Router } from 'zeromq';
import { numberAt, numberedBody } from '../wire/numbered-block.ts';
import type { Driver } from '../work/driver.ts';

export const driver: Driver = {
  openProducer({ job, window, fail }) {
    // No mark: the window bounds what is under way.
    const socket = new Dealer({ linger: 0, sendHighWaterMark: 0 });
    socket.connect(job.target.router);
    // One send at a time: the binding puts some of them off to a later turn.
    let next = 0;
    let end = 0;
    let isSending = false;
    const send = async (): Promise<void> => {
      isSending = true;
      for (; next < end; next += 1) await socket.send(numberedBody(job.payloadSize, next));
      isSending = false;
    };
    window.use(1, (first, count) => {
      end = first + count;
      if (!isSending) send().catch(fail);
    });
    return Promise.resolve();
  },

  async openConsumer({ job, book, fail }) {
    const socket = new Router({ linger: 0, receiveHighWaterMark: 0 });
    await socket.bind(job.target.router);
    const read = async (): Promise<void> => {
      for await (const [, body] of socket) book.note(0, numberAt(body!, 0));
    };
    read().catch(fail);
    return {
      settled: () => Promise.resolve(),
    };
  },
};
