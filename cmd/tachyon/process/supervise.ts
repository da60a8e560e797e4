// `tachyon up`: runs the broker, the gateway beside it and, where settings ask for it, the sidecar, each started again on
// its own. Invariants: the broker decides how it ends, and nothing that stands beside it takes it down; each stop signal
// that somebody sends reaches each process once, in the reverse order of their start.

import { hasColour } from '../output/palette.ts';
import { type GatewayPlace, welcome } from '../output/welcome.ts';
import { ownName } from './own-name.ts';
import { Part, type PartOptions } from './part.ts';
import { onStopSignals, type StopSignal } from './stop-signals.ts';
import { isGatewayReadyMessage, isReadyMessage, isSidecarReadyMessage, type Ready } from './supervised.ts';

export interface Supervision {
  readonly broker: Pick<PartOptions, 'words' | 'env'>;
  /** Null: none is run. */
  readonly gateway: Pick<PartOptions, 'words' | 'env'> | null;
  readonly sidecar: Pick<PartOptions, 'words' | 'env'> | null;
}

/** How long one waits for another that it would like to see first. */
const PATIENCE_MS = 15_000;
/** Longer than a gateway takes by its own bound; a sidecar without its broker has nothing to do. One that hangs must not
 * keep the broker from stopping. */
const BESIDE_STOP_MS = 12_000;

export function supervise(supervision: Supervision): Promise<never> {
  new Supervisor(supervision).start();
  return new Promise<never>(() => undefined);
}

class Supervisor {
  readonly #broker: Part;
  readonly #gateway: Part | null;
  readonly #sidecar: Part | null;
  /** In the order of their start. */
  readonly #started: Part[] = [];
  #ready: Ready | null = null;
  #gatewayPlace: GatewayPlace | null = null;
  #welcomed = false;
  #stopping = false;

  constructor({ broker, gateway, sidecar }: Supervision) {
    this.#broker = new Part({
      ...broker,
      name: 'broker',
      say,
      heard: (message) => {
        if (isReadyMessage(message)) this.#brokerReady(message);
      },
      over: (exitCode) => void this.#stopBeside('SIGTERM').then(() => process.exit(exitCode)),
    });
    this.#gateway = this.#beside('gateway', gateway, (message) => {
      if (isGatewayReadyMessage(message)) this.#gatewayKnown(message);
    });
    this.#sidecar = this.#beside('sidecar', sidecar, (message) => {
      if (isSidecarReadyMessage(message)) this.#startOnce(this.#broker);
    });
  }

  #beside(
    name: string,
    options: Pick<PartOptions, 'words' | 'env'> | null,
    heard: (message: unknown) => void,
  ): Part | null {
    if (options === null) return null;
    const over = (exitCode: number): void => {
      say(`the ${name} ended with exit code ${exitCode} and is not started again; the broker goes on without it`);
      if (name === 'gateway') this.#gatewayKnown('not running');
      else this.#startOnce(this.#broker);
    };
    return new Part({ ...options, name, say, heard, over });
  }

  start(): void {
    onStopSignals({ first: (signal) => void this.#stop(signal), again: (signal) => this.#stopNow(signal) });
    if (this.#sidecar === null) return this.#startOnce(this.#broker);
    // A broker that may not be without the sidecar should find it there.
    this.#startOnce(this.#sidecar);
    setTimeout(() => this.#startOnce(this.#broker), PATIENCE_MS).unref();
  }

  #startOnce(part: Part): void {
    if (this.#stopping || this.#started.includes(part)) return;
    this.#started.push(part);
    part.start();
  }

  #brokerReady(ready: Ready): void {
    if (this.#ready !== null) return;
    this.#ready = ready;
    if (this.#gateway === null) return this.#welcome();
    // Not before: a folder that another broker has is no place for a gateway of ours.
    this.#startOnce(this.#gateway);
    setTimeout(() => this.#gatewayKnown('not running'), PATIENCE_MS).unref();
  }

  #gatewayKnown(place: GatewayPlace): void {
    this.#gatewayPlace ??= place;
    this.#welcome();
  }

  #welcome(): void {
    if (this.#welcomed || this.#ready === null || this.#stopping) return;
    this.#welcomed = true;
    const color = hasColour(process.stderr);
    const where = { cwd: process.cwd(), color, pid: process.pid, tachyon: ownName(), gateway: this.#gatewayPlace };
    process.stderr.write(welcome(this.#ready, where));
  }

  async #stop(signal: StopSignal): Promise<never> {
    this.#stopping = true;
    let exitCode = 0;
    for (const part of this.#started.toReversed()) {
      // The broker bounds itself, by what the settings give to deliveries in flight.
      const code = await part.stop(signal, part === this.#broker ? null : BESIDE_STOP_MS);
      if (part === this.#broker) exitCode = code;
    }
    return process.exit(exitCode);
  }

  async #stopBeside(signal: StopSignal): Promise<void> {
    this.#stopping = true;
    for (const part of this.#started.toReversed()) if (part !== this.#broker) await part.stop(signal, BESIDE_STOP_MS);
  }

  #stopNow(signal: StopSignal): void {
    for (const part of this.#started) part.stopNow(signal);
  }
}

const say = (sentence: string): void => {
  process.stderr.write(`tachyon up: ${sentence}\n`);
};
