// What goes wrong in a storm, one trouble at a time.

import type { Auditor } from './audit/auditor.ts';
import type { Model } from './audit/model.ts';
import type { Plan, Trouble } from './plan.ts';
import type { Random } from './random.ts';
import { operatorsWhim } from './workload/operations.ts';
import type { SimOperator } from './workload/operator.ts';
import { scheduleWhim } from './workload/schedules.ts';
import type { SimBroker } from './world/sim-broker.ts';
import type { Connection } from './world/sim-transport.ts';
import type { VirtualTime } from './world/virtual-time.ts';

export interface StormOptions {
  readonly plan: Plan;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly broker: SimBroker;
  readonly auditor: Auditor;
  readonly operator: SimOperator;
  readonly model: Model;
  /** The broker's life ends here and now. */
  readonly end: (how: 'power' | 'kill') => void;
  /** It is to stop in order. */
  readonly stop: () => void;
}

const AIMS = ['rotation', 'checkpoint', 'trim'] as const;
const WALL_STEPS_MS = [-5_000, 700, 5_000, 3_600_000] as const;
const NO_SPACE_MS = 600;
const DEAF_MS = 800;
const FREEZE_MS = 3_000;
const SLOW_MS = 500;
/** What an operation takes on a slow disk, at most. */
const SLOW_DISK_MS = 60;

export class Storm {
  readonly #options: StormOptions;

  constructor(options: StormOptions) {
    this.#options = options;
  }

  bring(trouble: Trouble): void {
    const { auditor, broker, operator, model, plan, random, time } = this.#options;
    const { disk } = broker;
    switch (trouble) {
      case 'power':
        return this.#power();
      case 'kill':
        return this.#options.end('kill');
      case 'stop':
        return this.#options.stop();
      case 'disk-error':
        if (random.bool()) disk.failWrite(1 + random.int(20), random.pick(['EIO', 'ENOSPC']));
        else disk.failSync(1 + random.int(10));
        return;
      case 'no-space':
        disk.capacityBytes = disk.usedBytes;
        time.after(random.int(NO_SPACE_MS), () => {
          disk.capacityBytes = Number.POSITIVE_INFINITY;
        });
        return;
      case 'cut':
        return this.#anyone()?.cut();
      case 'deaf': {
        const connection = this.#anyone();
        if (connection !== undefined) connection.deafUntilMs = time.nowMs + random.int(DEAF_MS);
        return;
      }
      case 'freeze':
        broker.life.stoppedUntilMs = time.nowMs + random.int(FREEZE_MS);
        return;
      case 'clock':
        return broker.stepWall(random.pick(WALL_STEPS_MS));
      case 'slow-disk':
        broker.diskMs = SLOW_DISK_MS;
        time.after(random.int(SLOW_MS), () => {
          broker.diskMs = plan.diskMs;
        });
        return;
      case 'operator':
        if (plan.schedules !== undefined) operator.do(scheduleWhim(random, auditor), scheduleWhim(random, auditor));
        return operator.do(operatorsWhim(random, model, auditor, plan.queues));
    }
  }

  /** Now, at one of the next operations, or in the middle of something. */
  #power(): void {
    const { broker, random, end } = this.#options;
    if (random.bool(0.2)) end('power');
    else if (random.bool()) broker.crashDuring(random.pick(AIMS));
    else broker.disk.crashAt(broker.disk.operations + 1 + random.int(40));
  }

  #anyone(): Connection | undefined {
    const connections = this.#options.broker.router?.connections ?? [];
    return connections.length === 0 ? undefined : this.#options.random.pick(connections);
  }
}
