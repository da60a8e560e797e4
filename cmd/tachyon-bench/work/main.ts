// The entry of a working process: takes its job over the channel, does it, tells the result, and ends with its parent.

import { ConsumerWork } from './consumer.ts';
import { ProducerWork } from './producer.ts';
import { type Job, type MeasuredTime, type ToWorker, tell, type WorkResult } from './words.ts';

interface Work {
  open(): Promise<void>;
  run(time: MeasuredTime): Promise<WorkResult>;
  close(): Promise<void>;
}

export function runWorker(): void {
  let producer: ProducerWork | null = null;
  let consumer: ConsumerWork | null = null;
  let work: Work | null = null;
  const take = (job: Job): Work => {
    if (job.role === 'producer') {
      producer = new ProducerWork(job);
      return producer;
    }
    consumer = new ConsumerWork(job);
    return consumer;
  };
  process.on('message', (word: ToWorker) => {
    switch (word.type) {
      case 'job':
        work = take(word.job);
        work.open().then(() => tell({ type: 'ready' }), fail);
        break;
      case 'go':
        work?.run(word.time).then((result) => tell({ type: 'done', result }), fail);
        break;
      case 'arrived':
        producer?.arrived(word.count);
        break;
      case 'expect':
        consumer?.expect(word.accepted);
        break;
      case 'finish':
        consumer?.giveUp();
    }
  });
  process.once('disconnect', () => process.exit(0));
  tell({ type: 'hello' });
}

const fail = (error: unknown): void => {
  tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
};
