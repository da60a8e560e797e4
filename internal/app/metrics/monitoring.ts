// Health and metrics of one broker, from its world to its HTTP endpoint. Off, there is none of it: the world is the
// world as it was given.

import { performance } from 'node:perf_hooks';
import type { LoopDelay } from '../../../pkg/metrics/loop-delay.ts';
import type { Config } from '../config/load.ts';
import type { Engine } from '../engine.ts';
import { watchedStart } from '../watched-start.ts';
import type { World } from '../world.ts';
import { BrokerMetrics } from './broker-metrics.ts';
import type { MonitorServer } from './monitor-server.ts';

export interface MonitoringOptions {
  readonly metrics: Config['metrics'];
  readonly adminOnly: boolean;
  /** Infinity: none. */
  readonly auditBytesMax: number;
  readonly onFault: (error: unknown) => void;
  /** Of the process. */
  readonly delay: LoopDelay;
}

export class Monitoring {
  readonly #options: MonitoringOptions;
  readonly #metrics: BrokerMetrics | null;
  #server: MonitorServer | null = null;

  constructor(options: MonitoringOptions) {
    const { metrics, adminOnly, delay } = options;
    this.#options = options;
    this.#metrics =
      metrics.port === 0
        ? null
        : new BrokerMetrics({
            monotonicMs: () => performance.now(),
            wallMs: () => Date.now(),
            queuesMax: metrics.queuesMax,
            adminOnly,
            delay,
          });
  }

  /** The same world, listened to. */
  world(world: World): World {
    const metrics = this.#metrics;
    if (metrics === null) return world;
    const { auditBytesMax } = this.#options;
    metrics.watchAudit(() => ({ status: world.audit.status, bytesMax: auditBytesMax }));
    return {
      ...world,
      observe: (observation) => {
        metrics.occurrences.take(observation);
        world.observe(observation);
      },
      openJournal: watchedStart(world.openJournal, (journal) => metrics.watch(journal)),
      fail: (error) => {
        metrics.failed(error);
        world.fail(error);
      },
    };
  }

  /** Before the engine starts. */
  serve(engine: Engine): void {
    this.#metrics?.serve(engine);
  }

  /** Where it listens; null when it is off. */
  async open(): Promise<string | null> {
    if (this.#metrics === null) return null;
    const { metrics, onFault } = this.#options;
    // With it comes the HTTP of node, which a broker without the endpoint never needs.
    const { MonitorServer } = await import('./monitor-server.ts');
    this.#server = new MonitorServer({ host: metrics.address, port: metrics.port, pages: this.#metrics, onFault });
    return this.#server.listen();
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#metrics?.close();
  }
}
