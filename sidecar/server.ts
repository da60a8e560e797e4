// The sidecar: a Unix socket, connections with their bounds, and a pool of workers. Invariants: what all requests hold
// together is within the budget; the socket is ours, or we say so and end; a stop lets what is under way end, within a
// bound.

import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { OPERATIONS } from '../pkg/encoding/fastpath/operations.ts';
import { TachyonError } from '../pkg/protocol/errors.ts';
import { Connection } from './connection.ts';
import { MemoryBudget } from './memory-budget.ts';
import { carryOut, type Job, type Outcome } from './operations.ts';
import { listenAt, lookAt } from './socket-place.ts';
import { type LostWorker, WorkerPool } from './worker-pool.ts';

const MIB = 1024 * 1024;

/** A request of the largest body and its reply fit, twice over in all. */
export const CONNECTION_BYTES_MIN = 160 * MIB;

/** Below this a body is done with before a worker would have heard of it. */
const WORKER_BYTES = 32 * 1024;
const CONNECTIONS_MAX = 64;
const WORKERS_DEFAULT_MAX = 4;
const JOB_MS = 30_000;
const TRANSFER_MS = 30_000;
/** How often the sidecar looks whether its socket is still there. */
const LOOK_MS = 500;

export interface SidecarOptions {
  readonly socketPath: string;
  /** Threads that compress; when not given as many as the machine runs at one time, and at most four. */
  readonly workers?: number;
  /** Memory for the bodies of one connection, and of all. */
  readonly connectionBytesMax?: number;
  readonly totalBytesMax?: number;
  readonly jobMs?: number;
  readonly transferMs?: number;
  readonly workerFile?: URL;
  readonly observe?: (observation: SidecarObservation) => void;
}

export type SidecarObservation =
  | ({ readonly type: 'worker-lost' } & LostWorker)
  | { readonly type: 'socket-restored'; readonly path: string }
  | { readonly type: 'socket-taken'; readonly path: string; readonly error: TachyonError };

export interface RunningSidecar {
  readonly socketPath: string;
  readonly workers: number;
  readonly totalBytesMax: number;
  /** Bytes that requests hold now. */
  readonly heldBytes: number;
  readonly connections: number;
  /** Lets what is under way end, for at most `withinMs`, and closes. */
  stop(withinMs: number): Promise<void>;
}

/** Throws ADDRESS_IN_USE where a live sidecar has the socket, DATA_DIR_UNUSABLE where it cannot be made. */
export async function startSidecar(options: SidecarOptions): Promise<RunningSidecar> {
  const sidecar = new Sidecar(options);
  await sidecar.start();
  return sidecar;
}

class Sidecar implements RunningSidecar {
  readonly socketPath: string;
  readonly workers: number;
  readonly totalBytesMax: number;
  readonly #options: SidecarOptions;
  readonly #connectionBytesMax: number;
  readonly #pool: WorkerPool;
  readonly #total: MemoryBudget;
  readonly #connections = new Map<Connection, Promise<void>>();
  #server: Server;
  #mark = '';
  #look: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(options: SidecarOptions) {
    this.#options = options;
    this.socketPath = options.socketPath;
    this.workers = options.workers ?? Math.min(WORKERS_DEFAULT_MAX, availableParallelism());
    this.totalBytesMax = options.totalBytesMax ?? 2 * CONNECTION_BYTES_MIN;
    this.#connectionBytesMax = options.connectionBytesMax ?? CONNECTION_BYTES_MIN;
    if (this.#connectionBytesMax < CONNECTION_BYTES_MIN || this.totalBytesMax < this.#connectionBytesMax)
      throw new TachyonError('INVALID_CONFIG', `a connection needs ${CONNECTION_BYTES_MIN} bytes, and all no less`);
    this.#total = new MemoryBudget(this.totalBytesMax);
    this.#pool = new WorkerPool({
      workers: this.workers,
      jobMs: options.jobMs ?? JOB_MS,
      ...(options.workerFile === undefined ? {} : { file: options.workerFile }),
      onLost: (lost) => options.observe?.({ type: 'worker-lost', ...lost }),
    });
    this.#server = this.#newServer();
  }

  get heldBytes(): number {
    return this.#total.held;
  }

  get connections(): number {
    return this.#connections.size;
  }

  async start(): Promise<void> {
    try {
      this.#mark = await listenAt(this.#server, this.socketPath);
    } catch (error) {
      await this.#pool.close();
      throw error;
    }
    this.#lookLater();
  }

  #newServer(): Server {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#take(socket));
    server.maxConnections = CONNECTIONS_MAX;
    return server;
  }

  #take(socket: Socket): void {
    const connection = new Connection({
      socket,
      own: new MemoryBudget(this.#connectionBytesMax),
      total: this.#total,
      carryOut: (job) => this.#carryOut(job),
      transferMs: this.#options.transferMs ?? TRANSFER_MS,
    });
    this.#connections.set(
      connection,
      connection.serve().finally(() => this.#connections.delete(connection)),
    );
  }

  #carryOut(job: Job): Promise<Outcome> {
    const isCopy = job.operation === OPERATIONS.encodeFrame || job.operation === OPERATIONS.peekHeader;
    if (isCopy || job.payload.length < WORKER_BYTES) return Promise.resolve(carryOut(job));
    return this.#pool.run(job);
  }

  #lookLater(): void {
    this.#look = setTimeout(() => void this.#lookAtSocket(), LOOK_MS);
  }

  /** Somebody may have removed the socket, or two may have started at one time. */
  async #lookAtSocket(): Promise<void> {
    const place = lookAt(this.socketPath, this.#mark);
    if (place === 'ours') return this.#lookLater();
    // Those who are connected stay; only the door moves.
    this.#server.close();
    this.#server = this.#newServer();
    try {
      this.#mark = await listenAt(this.#server, this.socketPath);
      if (this.#stopping) return this.#leave();
      this.#options.observe?.({ type: 'socket-restored', path: this.socketPath });
      this.#lookLater();
    } catch (error) {
      const taken =
        error instanceof TachyonError ? error : new TachyonError('INTERNAL', String(error), { cause: error });
      this.#options.observe?.({ type: 'socket-taken', path: this.socketPath, error: taken });
    }
  }

  /** Closes the door; removes the socket where it is ours. */
  #leave(): void {
    if (lookAt(this.socketPath, this.#mark) !== 'ours') return void this.#server.close();
    this.#server.close();
    rmSync(this.socketPath, { force: true });
  }

  async stop(withinMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#look);
    this.#leave();
    for (const connection of this.#connections.keys()) connection.drain();
    const bound = setTimeout(() => {
      for (const connection of this.#connections.keys()) connection.destroy();
    }, withinMs);
    await Promise.all(this.#connections.values());
    clearTimeout(bound);
    await this.#pool.close();
  }
}
