// Traces of one broker, from its world to the receiver. Off, there is none of it: the world is the world as it was given.

import { performance } from 'node:perf_hooks';
import { WatchedJournal } from '../metrics/watched-journal.ts';
import { watchedStart } from '../watched-start.ts';
import type { World } from '../world.ts';
import { MessageSpans } from './message-spans.ts';
import type { SpanSink } from './otlp.ts';

export interface TracingOptions {
  readonly endpoint: string;
  readonly serviceName: string;
  readonly onFailure: (error: Error | undefined, spans: number) => void;
}

export class Tracing {
  readonly #sink: SpanSink;
  readonly #spans: MessageSpans;

  constructor(sink: SpanSink) {
    this.#sink = sink;
    this.#spans = new MessageSpans({
      nowMs: () => performance.timeOrigin + performance.now(),
      tell: (span, parent) => sink.tell(span, parent),
    });
  }

  /** Null where it is off: then nothing is loaded. */
  static async open(options: TracingOptions): Promise<Tracing | null> {
    if (options.endpoint === 'none') return null;
    const { openOtlp } = await import('./otlp.ts');
    return new Tracing(openOtlp(options));
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

  /** Messages that were not traced because too many were under way. */
  get dropped(): number {
    return this.#spans.dropped;
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}
