// `tachyon consume`: takes messages of a queue and acknowledges each once it was printed; so a reader that goes away costs
// nothing but another delivery. Who gets nothing is told why.

import { Command, Option } from 'commander';
import type { Consumer } from '../../../pkg/client/consume/consumer.ts';
import type { Delivery, NackOptions } from '../../../pkg/client/consume/delivery.ts';
import { addClientOptions, type ClientOptions, withClient } from '../client.ts';
import { QueueWatch } from '../consume/queue-watch.ts';
import { Silence } from '../consume/silence.ts';
import { stuckTexts } from '../consume/waiting-text.ts';
import { EXIT } from '../exit-codes.ts';
import { plainBody } from '../input/plain-body.ts';
import { safe } from '../output/cell.ts';
import { UsageError } from '../output/failure.ts';
import { FORMAT_HELP } from '../output/message-format.ts';
import { messagePrinter, type PrintMessage } from '../output/messages.ts';
import { ownCommand } from '../output/own-command.ts';
import { tell } from '../output/print.ts';
import { onStopSignals } from '../process/stop-signals.ts';
import { type OutputOptions, outputOption, tenantOption, whole } from './options.ts';

interface Options extends ClientOptions, OutputOptions {
  readonly queue?: string;
  readonly count?: number;
  readonly exitWhenEmpty: boolean;
  readonly nack?: true | NonNullable<NackOptions['status']>;
  readonly nackReason: string;
  readonly consumerId?: string;
  readonly format: string;
}

/** What is held unprinted; the rest stays with the broker, for others. */
const WINDOW_MESSAGES = 256;
/** A queue that gives nothing for so long is empty. */
const EMPTY_MS = 300;

export const consumeCommand = (): Command =>
  addClientOptions(
    new Command('consume')
      .description('Takes messages, prints them, and acknowledges each when it is printed.')
      .argument('[patterns...]', 'Bound to the queue; without --queue each is the name of a queue that workers share.')
      .option('-q, --queue <queue>', 'The queue; it is declared if it is not there.')
      .option('-n, --count <count>', 'End after so many.', whole)
      .option(
        '--exit-when-empty',
        'End when the queue has nothing to give: with 1 where it holds messages that cannot come now.',
        false,
      )
      .addOption(new Option('--exit-at-end', 'The same.').implies({ exitWhenEmpty: true }))
      .addOption(
        new Option(
          '--nack [status]',
          'Hand each back instead: retryable (a failure), terminal (to the dead letters), returned.',
        ).choices(['retryable', 'terminal', 'returned']),
      )
      .option('--nack-reason <text>', 'Why; kept with the attempt.', '')
      .option('--consumer-id <id>', 'Name of this consumer.')
      .option('-f, --format <format>', `How to print a message: ${FORMAT_HELP}`, '%t %v\\n')
      .option('--timeout <ms>', 'How long to wait for the broker at first.', whole, 10_000)
      .addOption(tenantOption())
      .addOption(outputOption()),
  ).action(async (patterns: readonly string[], options: Options) => {
    if (options.queue === undefined && patterns.length === 0)
      throw new UsageError('consume what? Name a queue with --queue, or a pattern');
    if (options.count !== undefined && options.count < 1) throw new UsageError('--count must be at least 1');
    const printMessage = messagePrinter(options);
    const watch = new QueueWatch(options);
    const named = patterns.length === 0 ? options.queue : undefined;
    await withClient(options, async (client) => {
      const isNew = named !== undefined && (await watch.show(named)) === undefined;
      const consumer = await client.consume({
        subscriptions: patterns,
        pull: options.exitWhenEmpty,
        window: { messages: Math.min(options.count ?? WINDOW_MESSAGES, WINDOW_MESSAGES) },
        ...(options.queue === undefined ? {} : { queue: options.queue }),
        ...(options.consumerId === undefined ? {} : { consumerId: options.consumerId }),
      });
      const forget = onStopSignals({
        first: () => void consumer.drain(),
        again: (signal) => process.exit(signal === 'SIGINT' ? 130 : 143),
      });
      try {
        if (isNew) await tellMade(named, watch, options);
        await takeFrom(consumer, options, printMessage, watch);
      } finally {
        forget();
        await consumer.close();
      }
    });
  });

async function takeFrom(
  consumer: Consumer,
  options: Options,
  printMessage: PrintMessage,
  watch: QueueWatch,
): Promise<void> {
  let left = options.count ?? Number.POSITIVE_INFINITY;
  const source = options.exitWhenEmpty ? untilEmpty(consumer, () => left) : untilStopped(consumer, watch);
  for await (const delivery of source) {
    await printMessage(
      { ...fieldsOf(delivery), body: plainBody(delivery) },
      { attempt: delivery.attempt, returned: delivery.returned },
    );
    settle(delivery, options);
    left -= 1;
    if (left <= 0) return;
  }
  if (options.exitWhenEmpty) await judgeEmpty(consumer, options, watch);
}

/** Pushed as they come; while none does, people are told why. */
async function* untilStopped(consumer: Consumer, watch: QueueWatch): AsyncGenerator<Delivery> {
  const silence = new Silence(watch, consumer.queues);
  silence.begin();
  try {
    for await (const delivery of consumer) {
      silence.end();
      yield delivery;
      silence.begin();
    }
  } finally {
    silence.end();
  }
}

/** Fetches until a fetch comes back empty. */
async function* untilEmpty(consumer: Consumer, left: () => number): AsyncGenerator<Delivery> {
  for (;;) {
    const deliveries = await consumer.fetch(Math.min(left(), WINDOW_MESSAGES), { waitMs: EMPTY_MS });
    if (deliveries.length === 0) return;
    yield* deliveries;
  }
}

/** A queue that holds what it cannot give was not emptied. What was handed back here waits because it was asked to. */
async function judgeEmpty(consumer: Consumer, { nack }: Options, watch: QueueWatch): Promise<void> {
  if (nack !== undefined) return;
  const texts = stuckTexts(await watch.why(consumer.queues));
  for (const text of texts) tell(`tachyon: ${text}`);
  if (texts.length > 0) process.exitCode = EXIT.failed;
}

/** A name that was misspelled makes a queue, too. */
async function tellMade(queue: string, watch: QueueWatch, options: Options): Promise<void> {
  const made = await watch.show(queue);
  if (made?.['patterns_total'] !== 0) return;
  const tenant = options.tenant === undefined || options.tenant === '' ? [] : ['--tenant', options.tenant];
  const bind = ownCommand(['queues', 'bind', queue, '<pattern>', ...tenant], options);
  const others = ownCommand(['queues', 'list'], options);
  tell(
    `tachyon: queue ${safe(JSON.stringify(queue))} was not there: it was made, and nothing leads to it\n  next: ${bind}; the others: ${others}`,
  );
}

const fieldsOf = ({ topic, messageId, headers, queue, sequence, attempt }: Delivery) => ({
  topic,
  messageId,
  headers,
  queue,
  sequence,
  attempt,
});

function settle(delivery: Delivery, { nack, nackReason }: Options): void {
  if (nack === undefined) delivery.ack();
  else delivery.nack({ status: nack === true ? 'retryable' : nack, reason: nackReason });
}
