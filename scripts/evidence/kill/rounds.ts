// One broker after the other on one data folder. A kill counts for a phase only if the folder showed the phase and the
// broker was killed right then; for recovery, if it held the folder's lock and had not said that it was ready.

import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { Running } from '../../../internal/testing/processes/tachyon.ts';
import { openAdmin } from '../../../pkg/client/index.ts';
import type { Killed, Wish } from './kill-plan.ts';
import { leftBehind, type Moment, type Phase, PhaseWatch } from './phases.ts';

/** A phase that does not come within this time is given up: then the kill counts as one under load. */
const PHASE_MS_MAX = 4_000;
/** How far into recovery a kill goes at most, after the lock was taken. */
const RECOVERY_MS_MAX = 40;

const MIB = 1024 * 1024;
const SETTINGS = {
  WAL_SEGMENT_MAX_BYTES: String(MIB),
  MESSAGE_BYTES_MAX: String(MIB / 4),
  CHECKPOINT_BYTES: String(MIB / 4),
  DRAIN_TIMEOUT_MS: '2000',
};

export class BrokerRounds {
  readonly #main: string;
  readonly #folder: string;
  readonly #router: string;
  readonly #pub: string;

  constructor(main: string, root: string, router: string) {
    this.#main = main;
    this.#folder = join(root, 'data');
    this.#router = router;
    this.#pub = `ipc://${join(root, 'pub.sock')}`;
  }

  get adminSocket(): string {
    return join(this.#folder, 'admin.sock');
  }

  #spawn(): Running {
    const args = [this.#main, 'broker', '--data-dir', this.#folder, '--router', this.#router, '--pub', this.#pub];
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, args, {
      env: { PATH, HOME, ...SETTINGS },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Running(child, false);
  }

  async ready(): Promise<Running> {
    const broker = this.#spawn();
    await broker.ready();
    return broker;
  }

  /** `early`: handed over as soon as it holds the lock, before it is ready. */
  async start(early: boolean): Promise<Running> {
    if (!early) return this.ready();
    const locked = this.#lockTaken();
    const broker = this.#spawn();
    await Promise.race([locked.promise, broker.ready()]);
    locked.close();
    return broker;
  }

  #lockTaken(): { readonly promise: Promise<void>; close(): void } {
    let close = (): void => undefined;
    const promise = new Promise<void>((resolve) => {
      const watcher = watch(join(this.#folder, 'lock'), () => resolve());
      close = () => watcher.close();
    });
    return { promise, close };
  }

  async killOnce(broker: Running, wish: Wish): Promise<Killed> {
    let moment: Moment;
    if (wish.at === 'random') {
      await pause(wish.afterMs);
      moment = 'load';
      await this.#kill(broker);
    } else if (wish.at === 'recovery') {
      await pause(Math.random() * RECOVERY_MS_MAX);
      await this.#kill(broker);
      // Judged afterwards: what it said before it ended has been read by now.
      moment = broker.log.some(({ msg }) => msg === 'ready') ? 'load' : 'recovery';
    } else moment = await this.#killDuring(broker, wish.at);
    const { preparing, checkpoint } = leftBehind(this.#folder);
    const proof =
      moment === 'checkpoint' && checkpoint ? 'checkpoint' : moment === 'rotation' && preparing ? 'segment' : null;
    return { moment, proof };
  }

  async #killDuring(broker: Running, phase: Phase): Promise<Moment> {
    let seen = false;
    const shown = new Promise<void>((resolve) => {
      const watcher = new PhaseWatch(this.#folder, phase, () => {
        seen = true;
        // Here and now: the phase is over in a few milliseconds.
        broker.child.kill('SIGKILL');
        watcher.close();
        resolve();
      });
      setTimeout(() => {
        watcher.close();
        resolve();
      }, PHASE_MS_MAX).unref();
    });
    await Promise.race([shown, broker.end.then(() => undefined)]);
    await this.#kill(broker);
    return seen ? phase : 'load';
  }

  async #kill(broker: Running): Promise<void> {
    broker.child.kill('SIGKILL');
    const { code, signal } = await broker.end;
    if (signal !== 'SIGKILL')
      throw new Error(
        `the broker ended by itself (${code ?? signal}):\n${broker.stderr}${broker.stdout.slice(-4_000)}`,
      );
  }

  async status(): Promise<unknown> {
    const admin = await openAdmin({ socketPath: this.adminSocket });
    try {
      return await admin.request('status');
    } finally {
      await admin.close();
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
