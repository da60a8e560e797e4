// A run's figures, and whether it counts: one that lost something, or received nothing, is no measurement.

import { Histogram, type Percentiles } from './measure/histogram.ts';
import type { Machine } from './measure/machine.ts';
import type { RunSettings } from './settings.ts';
import type { ConsumerResult, ProducerResult } from './work/words.ts';

/** What the broker says and uses around a run; parts that cannot be known of a running broker are null. */
export interface BrokerSide {
  readonly durability: string;
  readonly syncs: number | null;
  readonly syncP50Ms: number | null;
  readonly syncP99Ms: number | null;
  readonly eventLoopP99Ms: number | null;
  readonly cpuSeconds: number | null;
  readonly rssBytes: number | null;
  readonly peakRssBytes: number | null;
}

export interface RunFigures {
  readonly ok: boolean;
  /** Why it does not count. */
  readonly faults: readonly string[];
  readonly settings: RunSettings;
  readonly transport: 'libzmq';
  readonly machine: Machine;
  readonly durability: string;
  readonly published: number;
  readonly confirmed: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly received: number;
  readonly missing: number;
  readonly duplicated: number;
  readonly unexpected: number;
  /** First publish to last acknowledgement, as the broker confirmed it. */
  readonly seconds: number;
  readonly messagesPerSecond: number;
  readonly megabytesPerSecond: number;
  /** First publish to last confirm. */
  readonly confirmedPerSecond: number;
  readonly publishToConfirm: Percentiles;
  readonly publishToConsumer: Percentiles;
  readonly syncsPerSecond: number | null;
  readonly messagesPerSync: number | null;
  readonly syncP50Ms: number | null;
  readonly syncP99Ms: number | null;
  readonly eventLoopP99Ms: number | null;
  readonly cpuSeconds: { readonly broker: number | null; readonly producer: number; readonly consumer: number };
  readonly rssBytes: {
    readonly broker: number | null;
    readonly brokerPeak: number | null;
    readonly producer: number;
    readonly consumer: number;
  };
}

interface Parts {
  readonly settings: RunSettings;
  readonly machine: Machine;
  readonly producer: ProducerResult;
  readonly consumer: ConsumerResult;
  readonly broker: BrokerSide;
}

export function judge({ settings, machine, producer, consumer, broker }: Parts): RunFigures {
  const seconds = Math.max(0.001, (consumer.lastAckMs - producer.firstPublishMs) / 1e3);
  const confirmSeconds = Math.max(0.001, (producer.lastConfirmMs - producer.firstPublishMs) / 1e3);
  const faults = faultsOf(settings, producer, consumer, broker);
  return {
    ok: faults.length === 0,
    faults,
    settings,
    transport: 'libzmq',
    machine,
    durability: producer.durability.join(', '),
    published: settings.messages,
    confirmed: producer.confirmed,
    refused: producer.refused,
    received: consumer.received,
    missing: settings.messages - consumer.received,
    duplicated: consumer.duplicated,
    unexpected: consumer.unexpected,
    seconds,
    messagesPerSecond: Math.round(consumer.received / seconds),
    megabytesPerSecond: round((consumer.received * settings.payloadSize) / seconds / 1e6),
    confirmedPerSecond: Math.round(producer.confirmed / confirmSeconds),
    publishToConfirm: new Histogram(producer.confirmCounts, producer.confirmMaxMs).percentiles(),
    publishToConsumer: new Histogram(consumer.arrivalCounts, consumer.arrivalMaxMs).percentiles(),
    syncsPerSecond: broker.syncs === null ? null : Math.round(broker.syncs / seconds),
    messagesPerSync: broker.syncs === null || broker.syncs === 0 ? null : Math.round(producer.confirmed / broker.syncs),
    syncP50Ms: broker.syncP50Ms,
    syncP99Ms: broker.syncP99Ms,
    eventLoopP99Ms: broker.eventLoopP99Ms,
    cpuSeconds: { broker: broker.cpuSeconds, producer: producer.cost.cpuSeconds, consumer: consumer.cost.cpuSeconds },
    rssBytes: {
      broker: broker.rssBytes,
      brokerPeak: broker.peakRssBytes,
      producer: producer.cost.rssBytes,
      consumer: consumer.cost.rssBytes,
    },
  };
}

/** Duplicates are told and are no fault: delivery is at least once. */
function faultsOf(
  settings: RunSettings,
  producer: ProducerResult,
  consumer: ConsumerResult,
  broker: BrokerSide,
): string[] {
  const faults: string[] = [];
  const missing = settings.messages - consumer.received;
  if (consumer.received === 0) faults.push('nothing was received');
  else if (missing > 0) faults.push(`${missing} messages are missing`);
  const unconfirmed = settings.messages - producer.confirmed;
  if (unconfirmed > 0) faults.push(`${unconfirmed} publishes were not confirmed: ${JSON.stringify(producer.refused)}`);
  if (consumer.unexpected > 0)
    faults.push(`${consumer.unexpected} messages were received that this run did not publish`);
  const promised = settings.mode === 'fanout' ? 'none' : broker.durability;
  const other = producer.durability.filter((durability) => durability !== promised);
  if (other.length > 0) faults.push(`confirms said ${other.join(', ')} instead of ${promised}`);
  return faults;
}

const round = (value: number): number => Math.round(value * 10) / 10;
