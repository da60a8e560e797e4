// The faults that befall the sidecar, one at a time. Each is over only when it was felt by calls under way, and when both
// clients have been served by the sidecar again.

import { rmSync } from 'node:fs';
import { DAMAGES, type FaultyProxy } from '../../../internal/testing/sidecar/faulty-proxy.ts';
import type { SidecarProcess } from './sidecar-process.ts';
import type { SidecarTraffic } from './traffic.ts';

/** SIGKILL and a new process, SIGSTOP until calls have run out of time, damaged answers, the socket removed. */
export const FAULTS = ['kill', 'stop', 'corrupt', 'unlink'] as const;
export type FaultName = (typeof FAULTS)[number];

const WITHIN_MS = 20_000;
/** Calls of each client that the sidecar does between two faults, at least. */
const SERVED_AGAIN = 5;

export interface SidecarFaultsOptions {
  readonly sidecar: SidecarProcess;
  readonly proxy: FaultyProxy;
  readonly traffic: SidecarTraffic;
  readonly random: () => number;
}

export class SidecarFaults {
  readonly #options: SidecarFaultsOptions;

  constructor(options: SidecarFaultsOptions) {
    this.#options = options;
  }

  /** Null, or what did not happen although it should. */
  async cause(name: FaultName): Promise<string | null> {
    const { traffic } = this.#options;
    const felt = traffic.felt;
    const mend = this.#begin(name);
    const wasFelt = await becomes(() => traffic.felt > felt);
    await mend();
    if (!wasFelt) return `nobody felt it within ${WITHIN_MS} ms`;
    // Counted from here: what was under way when it ended may still fail.
    const served = traffic.served;
    return (await becomes(() => traffic.served >= served + SERVED_AGAIN))
      ? null
      : `not used again within ${WITHIN_MS} ms`;
  }

  /** Returns how it ends. */
  #begin(name: FaultName): () => Promise<void> {
    const { sidecar, proxy, random } = this.#options;
    switch (name) {
      case 'kill':
        sidecar.signal('SIGKILL');
        return async () => {
          await sidecar.end();
          await sidecar.start();
        };
      case 'stop':
        sidecar.signal('SIGSTOP');
        return () => {
          sidecar.signal('SIGCONT');
          return Promise.resolve();
        };
      case 'corrupt':
        proxy.damage = DAMAGES[Math.floor(random() * DAMAGES.length)] ?? null;
        return () => {
          proxy.damage = null;
          return Promise.resolve();
        };
      case 'unlink':
        // Who is connected would not notice: so their connections end too. It makes its socket again by itself.
        rmSync(sidecar.socketPath, { force: true });
        proxy.cut();
        return () => Promise.resolve();
    }
  }
}

async function becomes(condition: () => boolean): Promise<boolean> {
  const untilMs = performance.now() + WITHIN_MS;
  while (!condition()) {
    if (performance.now() > untilMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}
