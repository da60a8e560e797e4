// Traces of one broker, from its world to the receiver. Off, there is none of it: the world is the world as it was given.

import { performance } from 'node:perf_hooks';
import { WatchedJournal } from '../metrics/watched-journal.ts';
import { watchedStart } from '../watched-start.ts';
import type { World } from '../world.ts';
import { Losses, type LostSpans } from './losses.ts';
import { MessageSpans } from './message-spans.ts';
import type { OtlpOptions, SpanSink } from './otlp.ts';

export interface TracingOptions {
  readonly endpoint: string;
  readonly serviceName: string;
  /** What was lost since it was told last: at most every ten seconds. */
  readonly onLost: (lost: LostSpans, error: Error | undefined) => void;
}

/** Spans, each in one of the first four. */
export interface TracingStatus extends LostSpans {
  readonly sent: number;
  readonly waiting: number;
}

const OFF: TracingStatus = { sent: 0, waiting: 0, unsent: 0, dropped: 0, untraced: 0 };

export class Tracing {
  readonly #sink: SpanSink;
  readonly #spans: MessageSpans;
  readonly #losses: Losses;

  constructor(sink: SpanSink, losses: Losses) {
    this.#sink = sink;
    this.#losses = losses;
    this.#spans = new MessageSpans({
      nowMs: () => performance.timeOrigin + performance.now(),
      tell: (span, parent) => sink.tell(span, parent),
      untraced: () => losses.add('untraced', 1),
    });
  }

  /** Null where it is off: then nothing is loaded. */
  static async open(options: TracingOptions): Promise<Tracing | null> {
    if (options.endpoint === 'none') return null;
    const { openOtlp } = await import('./otlp.ts');
    const { endpoint, serviceName, onLost } = options;
    const losses = new Losses({ tell: onLost });
    const lost: OtlpOptions['onLost'] = (kind, spans, error) => losses.add(kind, spans, error);
    return new Tracing(openOtlp({ endpoint, serviceName, onLost: lost }), losses);
  }

  static statusOf(tracing: Tracing | null): TracingStatus {
    return tracing === null ? OFF : tracing.status;
  }

  /** The same world, listened to. */
  world(world: World): World {
    const spans = this.#spans;
    return {
      ...world,
      onDelivered: (effect, blocks) => spans.delivered(effect, blocks),
      openJournal: watchedStart(world.openJournal, (journal) => {
        journal.onDurable((position) => spans.durable(position));
        return new WatchedJournal(journal, spans);
      }),
    };
  }

  get status(): TracingStatus {
    const { sent, waiting } = this.#sink;
    return { sent, waiting, ...this.#losses.all };
  }

  async close(): Promise<void> {
    await this.#sink.close();
    this.#losses.close();
  }
}
