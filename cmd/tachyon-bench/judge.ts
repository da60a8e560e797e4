// A run's figures, and whether it counts: one that lost something, or received nothing, is no measurement.

import type { DeviceFigures } from './measure/device.ts';
import type { GcFigures } from './measure/gc-watch.ts';
import { Histogram, type HistogramData, type Percentiles } from './measure/histogram.ts';
import { type CurvePoint, curveOf, type Latency, latencyOf } from './measure/latency.ts';
import type { Machine } from './measure/machine.ts';
import { type RunSettings, type Transport, workloadOf } from './settings.ts';
import type { ConsumerResult, ProcessCost, ProducerResult } from './work/words.ts';

/** What the broker says and uses around a run; parts that cannot be known of a running broker are null. */
export interface BrokerSide {
  readonly durability: string;
  /** Between the two readings. */
  readonly seconds: number;
  readonly syncs: number | null;
  readonly journalBytes: number | null;
  readonly syncP50Ms: number | null;
  readonly syncP99Ms: number | null;
  readonly eventLoopP99Ms: number | null;
  readonly cpuSeconds: number | null;
  readonly rssBytes: number | null;
  readonly peakRssBytes: number | null;
  readonly gc: GcFigures | null;
}

/** What the disk takes, and how much of it the journal used. */
export interface DeviceShare extends DeviceFigures {
  readonly journalBytesPerSecond: number;
  /** 1: all of it. */
  readonly share: number;
}

/** The same figure of each process; of a broker that was not started here it is not known. */
export interface ByProcess<T> {
  readonly broker: T | null;
  readonly producer: T;
  readonly consumer: T;
}

export interface RunFigures {
  readonly ok: boolean;
  /** Why it does not count. */
  readonly faults: readonly string[];
  readonly settings: RunSettings;
  readonly transport: Transport;
  readonly machine: Machine;
  readonly durability: string;
  readonly published: number;
  readonly confirmed: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Deliveries: in fanout, over all subscribers. */
  readonly received: number;
  readonly missing: number;
  readonly duplicated: number;
  readonly unexpected: number;
  /** First publish to last acknowledgement, as the broker confirmed it; of a run by time, its measured time. */
  readonly seconds: number;
  /** Deliveries within that time. */
  readonly messagesPerSecond: number;
  readonly megabytesPerSecond: number;
  /** First publish to last confirm; of a run by time, within its measured time. */
  readonly confirmedPerSecond: number;
  readonly publishToConfirm: Percentiles;
  readonly publishToConsumer: Percentiles;
  readonly latency: { readonly confirm: Latency; readonly consumer: Latency };
  readonly curve: { readonly confirm: readonly CurvePoint[]; readonly consumer: readonly CurvePoint[] };
  /** Of an open loop: how long after they were due messages were published, which their latency includes. */
  readonly publishedLate: Percentiles | null;
  /** Of an open loop: messages that were due and found no room until the end. They are in no latency. */
  readonly leftOut: number;
  readonly syncsPerSecond: number | null;
  readonly messagesPerSync: number | null;
  readonly syncP50Ms: number | null;
  readonly syncP99Ms: number | null;
  readonly device: DeviceShare | null;
  readonly eventLoopP99Ms: number | null;
  readonly cpuSeconds: ByProcess<number>;
  readonly cpuMicrosPerMessage: ByProcess<number>;
  /** Of one core, over all processes that are known. */
  readonly cpuPercent: number;
  readonly gc: ByProcess<GcFigures>;
  /** Bytes of JavaScript heap for each delivery: what collections freed and the heaps grew by. */
  readonly heapBytesPerMessage: ByProcess<number>;
  /** A compressed body as a share of the plain one; 1 without compression. */
  readonly packedShare: number;
  readonly rssBytes: {
    readonly broker: number | null;
    readonly brokerPeak: number | null;
    readonly producer: number;
    readonly producerPeak: number;
    readonly consumer: number;
    readonly consumerPeak: number;
  };
}

export interface Parts {
  readonly settings: RunSettings;
  readonly machine: Machine;
  readonly producer: ProducerResult;
  readonly consumer: ConsumerResult;
  readonly broker: BrokerSide;
  readonly device: DeviceFigures | null;
  /** Messages that were received and are in queues all the same; null where that is not known. */
  readonly leftover: number | null;
  /** The measured time; null: from the first publish to the last acknowledgement. */
  readonly measuredMs: number | null;
}

export function judge(parts: Parts): RunFigures {
  const { settings, machine, producer, consumer, broker, measuredMs } = parts;
  const seconds = measuredMs === null ? between(producer.firstPublishMs, consumer.lastAckMs) : measuredMs / 1e3;
  const confirmSeconds = measuredMs === null ? between(producer.firstPublishMs, producer.lastConfirmMs) : seconds;
  const received = measuredMs === null ? consumer.received : consumer.receivedInTime;
  const confirmed = measuredMs === null ? producer.confirmed : producer.confirmedInTime;
  const syncSeconds = measuredMs === null ? seconds : broker.seconds;
  const published = sum(producer.published);
  const faults = faultsOf(parts);
  const brokerCpu = broker.cpuSeconds;
  return {
    ok: faults.length === 0,
    faults,
    settings,
    transport: workloadOf(settings).transport,
    machine,
    durability: producer.durability.join(', '),
    published,
    confirmed: producer.confirmed,
    refused: producer.refused,
    received: consumer.received,
    missing: expectedOf(settings, published, producer.confirmed) - consumer.received,
    duplicated: consumer.duplicated,
    unexpected: consumer.unexpected,
    seconds,
    messagesPerSecond: Math.round(received / seconds),
    megabytesPerSecond: tenths((received * settings.payloadSize) / seconds / 1e6),
    confirmedPerSecond: Math.round(confirmed / confirmSeconds),
    publishToConfirm: percentilesOf(producer.confirms),
    publishToConsumer: percentilesOf(consumer.arrivals),
    latency: { confirm: latencyOf(producer.confirms), consumer: latencyOf(consumer.arrivals) },
    curve: { confirm: curveOf(producer.confirms), consumer: curveOf(consumer.arrivals) },
    publishedLate: settings.rate > 0 ? percentilesOf(producer.late) : null,
    leftOut: producer.leftOut,
    syncsPerSecond: broker.syncs === null ? null : Math.round(broker.syncs / syncSeconds),
    messagesPerSync: broker.syncs === null || broker.syncs === 0 ? null : Math.round(confirmed / broker.syncs),
    syncP50Ms: broker.syncP50Ms,
    syncP99Ms: broker.syncP99Ms,
    device: deviceShare(parts, syncSeconds),
    eventLoopP99Ms: broker.eventLoopP99Ms,
    cpuSeconds: {
      broker: brokerCpu === null ? null : hundredths(brokerCpu),
      producer: producer.cost.cpuSeconds,
      consumer: consumer.cost.cpuSeconds,
    },
    cpuMicrosPerMessage: {
      broker: brokerCpu === null ? null : perMessage(brokerCpu * 1e6, received),
      producer: perMessage(producer.cost.cpuSeconds * 1e6, producer.cost.messages),
      consumer: perMessage(consumer.cost.cpuSeconds * 1e6, consumer.cost.messages),
    },
    cpuPercent: cpuPercentOf(parts, syncSeconds),
    gc: { broker: broker.gc, producer: producer.cost.gc, consumer: consumer.cost.gc },
    heapBytesPerMessage: {
      broker: broker.gc === null ? null : perMessage(broker.gc.allocatedBytes, received),
      producer: perMessage(producer.cost.gc.allocatedBytes, producer.cost.messages),
      consumer: perMessage(consumer.cost.gc.allocatedBytes, consumer.cost.messages),
    },
    packedShare: producer.packedShare,
    rssBytes: {
      broker: broker.rssBytes,
      brokerPeak: broker.peakRssBytes,
      producer: producer.cost.rssBytes,
      producerPeak: producer.cost.peakRssBytes,
      consumer: consumer.cost.rssBytes,
      consumerPeak: consumer.cost.peakRssBytes,
    },
  };
}

/** Duplicates are told and are no fault: delivery is at least once. */
function faultsOf({ settings, producer, consumer, broker, leftover }: Parts): string[] {
  const faults: string[] = [];
  const published = sum(producer.published);
  const missing = expectedOf(settings, published, producer.confirmed) - consumer.received;
  if (published === 0) faults.push('nothing was published');
  else if (consumer.received === 0) faults.push('nothing was received');
  else if (missing > 0) faults.push(`${missing} messages are missing`);
  if (workloadOf(settings).durationMs > 0 && consumer.received > 0 && consumer.receivedInTime === 0)
    faults.push('nothing was received within the measured time');
  const unconfirmed = published - producer.confirmed;
  if (unconfirmed > 0) faults.push(`${unconfirmed} publishes were not confirmed: ${JSON.stringify(producer.refused)}`);
  if (consumer.unexpected > 0)
    faults.push(`${consumer.unexpected} messages were received that this run did not publish`);
  if (leftover !== null && leftover > 0)
    faults.push(`${leftover} messages are in queues, though all were acknowledged`);
  const promised = settings.mode === 'fanout' ? 'none' : broker.durability;
  const other = producer.durability.filter((durability) => durability !== promised);
  if (other.length > 0) faults.push(`confirms said ${other.join(', ')} instead of ${promised}`);
  return faults;
}

/** Of a run by time, what was refused is no loss: it is told by itself. */
function expectedOf(settings: RunSettings, published: number, confirmed: number): number {
  const { mode, subscribers, durationMs } = workloadOf(settings);
  return (durationMs > 0 ? confirmed : published) * (mode === 'fanout' ? subscribers : 1);
}

function deviceShare({ device, broker }: Parts, seconds: number): DeviceShare | null {
  if (device === null || broker.journalBytes === null) return null;
  const journalBytesPerSecond = Math.round(broker.journalBytes / seconds);
  return { ...device, journalBytesPerSecond, share: journalBytesPerSecond / device.bytesPerSecond };
}

/** Each over its own time: the marks of three processes do not fall on the same microsecond. */
function cpuPercentOf({ producer, consumer, broker }: Parts, brokerSeconds: number): number {
  const percent = (cpuSeconds: number, seconds: number): number => (seconds === 0 ? 0 : (cpuSeconds / seconds) * 100);
  const workers = [producer.cost, consumer.cost].map(({ cpuSeconds, seconds }: ProcessCost) =>
    percent(cpuSeconds, seconds),
  );
  return hundredths(sum(workers) + percent(broker.cpuSeconds ?? 0, brokerSeconds));
}

const percentilesOf = ({ counts, maxMs }: HistogramData): Percentiles => new Histogram(counts, maxMs).percentiles();
const between = (fromMs: number, toMs: number): number => Math.max(0.001, (toMs - fromMs) / 1e3);
const perMessage = (amount: number, messages: number): number => (messages === 0 ? 0 : hundredths(amount / messages));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const tenths = (value: number): number => Math.round(value * 10) / 10;
const hundredths = (value: number): number => Math.round(value * 100) / 100;
