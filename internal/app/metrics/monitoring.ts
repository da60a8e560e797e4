// Health and metrics of one broker, from its world to its HTTP endpoint. Off, there is none of it: the world is the
// world as it was given.

import { performance } from 'node:perf_hooks';
import type { Config } from '../config/load.ts';
import type { Engine } from '../engine.ts';
import type { World } from '../world.ts';
import { BrokerMetrics } from './broker-metrics.ts';
import { MonitorServer } from './monitor-server.ts';

export interface MonitoringOptions {
  readonly metrics: Config['metrics'];
  readonly adminOnly: boolean;
  readonly onFault: (error: unknown) => void;
}

export class Monitoring {
  readonly #options: MonitoringOptions;
  readonly #metrics: BrokerMetrics | null;
  #server: MonitorServer | null = null;

  constructor(options: MonitoringOptions) {
    const { metrics, adminOnly } = options;
    this.#options = options;
    this.#metrics =
      metrics.port === 0
        ? null
        : new BrokerMetrics({
            monotonicMs: () => performance.now(),
            wallMs: () => Date.now(),
            queuesMax: metrics.queuesMax,
            adminOnly,
          });
  }

  /** The same world, listened to. */
  world(world: World): World {
    const metrics = this.#metrics;
    if (metrics === null) return world;
    return {
      ...world,
      observe: (observation) => {
        metrics.occurrences.take(observation);
        world.observe(observation);
      },
      openJournal: () => {
        const sound = world.openJournal();
        return {
          lastTimeMs: sound.lastTimeMs,
          replay: (fullFrom, visit) => sound.replay(fullFrom, visit),
          retain: (position, bytes) => sound.retain(position, bytes),
          release: (position, bytes) => sound.release(position, bytes),
          missing: (reason) => sound.missing?.(reason) ?? null,
          start: () => metrics.watch(sound.start()),
        };
      },
      fail: (error) => {
        metrics.failed(error);
        world.fail(error);
      },
    };
  }

  /** Where it listens; null when it is off. */
  async open(engine: Engine): Promise<string | null> {
    if (this.#metrics === null) return null;
    const { metrics, onFault } = this.#options;
    this.#metrics.serve(engine);
    this.#server = new MonitorServer({ host: metrics.address, port: metrics.port, pages: this.#metrics, onFault });
    return this.#server.listen();
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#metrics?.close();
  }
}
