// One worker of the demo: a process that takes messages of one queue, reports what it did with them, and only then
// acknowledges, as one does that writes to a database first. Ends with its parent.

import { connect, type Delivery } from '../../pkg/client/index.ts';
import type { FromWorker, WorkerJob } from './words.ts';

/** A clumsy worker fails once at every so many messages, and for good at every so many others. */
const RETRYABLE_EVERY = 97;
const TERMINAL_EVERY = 997;

const tell = (word: FromWorker, done: () => void = () => undefined): void => {
  process.send?.(word, undefined, undefined, done);
};

interface Finished {
  readonly delivery: Delivery;
  readonly outcome: 'worked' | 'retryable' | 'terminal';
}

let finished: Finished[] = [];
let seen = 0;

process.once('disconnect', () => process.exit(0));
process.once('message', (job: WorkerJob) => {
  work(job).then(
    () => tell({ type: 'ready' }),
    (error: unknown) => tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) }),
  );
});

async function work({ router, pub, queue, name, clumsy }: WorkerJob): Promise<void> {
  const client = await connect({ router, pub, name, timeoutMs: 15_000 });
  const consumer = await client.consume({ queue });
  void takeAll(consumer, clumsy);
}

async function takeAll(deliveries: AsyncIterable<Delivery>, clumsy: boolean): Promise<void> {
  for await (const delivery of deliveries) {
    seen += 1;
    if (finished.push({ delivery, outcome: clumsy ? fate(delivery) : 'worked' }) === 1) setImmediate(report);
  }
}

function fate({ attempt }: Delivery): Finished['outcome'] {
  if (seen % TERMINAL_EVERY === 0) return 'terminal';
  return attempt === 1 && seen % RETRYABLE_EVERY === 0 ? 'retryable' : 'worked';
}

/** First the report is out, then the broker is told. */
function report(): void {
  const batch = finished;
  finished = [];
  const idsOf = (outcome: Finished['outcome']): string[] =>
    batch.flatMap((one) => (one.outcome === outcome ? [one.delivery.messageId] : []));
  const word = {
    type: 'report',
    worked: idsOf('worked'),
    retryable: idsOf('retryable'),
    terminal: idsOf('terminal'),
  } as const;
  tell(word, () => {
    for (const { delivery, outcome } of batch) {
      if (outcome === 'worked') delivery.ack();
      else delivery.nack({ status: outcome, reason: 'the demo lets this one fail' });
    }
  });
}
