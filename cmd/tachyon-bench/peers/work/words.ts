// What a race and its working processes say to each other over their channel.

export type Way = 'client' | 'raw';

export const DRIVERS = [
  'tachyon',
  'tachyon-fanout',
  'nats-jetstream',
  'nats-core',
  'redis',
  'rabbitmq',
  'mosquitto',
  'libzmq',
  'socket',
] as const;
export type DriverName = (typeof DRIVERS)[number];

/** Where the server is. Which of the endpoints counts, the driver knows. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly router: string;
  readonly pub: string;
  /** What the system leaves to choose: the type of a queue of RabbitMQ, the transport of our client. */
  readonly flavour: string;
}

export interface Job {
  readonly role: 'producer' | 'consumer';
  readonly driver: DriverName;
  readonly way: Way;
  readonly target: Target;
  readonly payloadSize: number;
  /** Messages that the producer may have unconfirmed, and that the consumer may hold unacknowledged. */
  readonly window: number;
  /** 0: one consumer that acknowledges. Else so many subscribers that all get everything. */
  readonly subscribers: number;
  /** Messages of all phases together. */
  readonly total: number;
  /** Unix socket by which consumers tell a producer whose server confirms nothing what has arrived; null: it does. */
  readonly feedback: string | null;
  /** How long a phase may stand still before it is given up. */
  readonly patienceMs: number;
}

export interface ProducerResult {
  readonly role: 'producer';
  readonly firstPublishMs: number;
  readonly lastConfirmMs: number;
  readonly confirmed: number;
  readonly cpuSeconds: number;
}

export interface ConsumerResult {
  readonly role: 'consumer';
  /** Distinct messages over all subscribers. */
  readonly received: number;
  readonly duplicated: number;
  readonly unexpected: number;
  /** The server has taken every acknowledgement. */
  readonly isSettled: boolean;
  /** When the server had taken the last acknowledgement, as far as its protocol can tell. */
  readonly lastAckMs: number;
  readonly cpuSeconds: number;
}

export type WorkResult = ProducerResult | ConsumerResult;

export type ToWorker =
  | { readonly type: 'open'; readonly job: Job }
  /** The next phase: messages `from` up to, not including, `end`. */
  | { readonly type: 'run'; readonly from: number; readonly end: number };

export type FromWorker =
  | { readonly type: 'hello' }
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly result: WorkResult }
  | { readonly type: 'failed'; readonly reason: string };

export function tell(word: FromWorker): void {
  // The race may have given up meanwhile; its end is told apart.
  process.send?.(word, undefined, undefined, () => undefined);
}
