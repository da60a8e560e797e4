// What the gateway counts, and a scrape of it. Invariant: no label holds anything that a caller chose: routes are told by
// their template, methods and codes are those that are known, and names, addresses and tenants do not occur.

import { performance } from 'node:perf_hooks';
import { exposition } from '../../pkg/metrics/exposition.ts';
import { byLabel, counter, type Family, gauge, histogram } from '../../pkg/metrics/family.ts';
import { LoopDelay } from '../../pkg/metrics/loop-delay.ts';
import { VERSION } from '../../pkg/protocol/version.ts';
import type { Streams } from '../streams.ts';
import { Counts, Durations } from './counts.ts';

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']);
/** What no route has: addresses that are not here, and those that cannot be read. */
const NO_ROUTE = 'none';

export interface EndedRequest {
  readonly method: string;
  /** The template of its route, where it has one. */
  readonly route: string | undefined;
  /** 0 when nothing was answered, because the caller hung up. */
  readonly status: number;
  /** Null for streams: how long somebody looks on is no delay. */
  readonly seconds: number | null;
}

/** Why somebody was not let in: nothing was shown, a wrong token, or too many of them before. */
export type RefusedLogin = 'missing' | 'wrong' | 'delayed';

export class GatewayMetrics {
  inFlight = 0;
  readonly #delay = new LoopDelay();
  readonly #requests = new Counts();
  readonly #requestSeconds = new Durations();
  readonly #refusedLogins: Record<RefusedLogin, number> = { missing: 0, wrong: 0, delayed: 0 };
  #refusedRoles = 0;
  readonly #brokerRequests = new Counts();
  readonly #brokerFailures = new Counts();
  readonly #brokerSeconds = new Durations();

  requestEnded({ method, route = NO_ROUTE, status, seconds }: EndedRequest): void {
    const known = METHODS.has(method) ? method : 'other';
    const operation = { method: known, route };
    this.#requests.add({ ...operation, status: status === 0 ? 'none' : `${Math.floor(status / 100)}xx` });
    if (seconds !== null) this.#requestSeconds.observe(operation, seconds);
  }

  loginRefused(why: RefusedLogin): void {
    this.#refusedLogins[why] += 1;
  }

  roleRefused(): void {
    this.#refusedRoles += 1;
  }

  /** A question to the broker has ended: with its answer (null), or with the code of the failure. */
  brokerAnswered(word: string, seconds: number, code: string | null): void {
    this.#brokerRequests.add({ word });
    this.#brokerSeconds.observe({ word }, seconds);
    if (code !== null) this.#brokerFailures.add({ code });
  }

  /** A scrape. Whether the broker answers is found out for it. */
  text({ streams, brokerUp }: { readonly streams: Streams; readonly brokerUp: boolean }): string {
    return exposition([...this.#http(), ...streamFamilies(streams), ...this.#broker(brokerUp), ...this.#process()]);
  }

  close(): void {
    this.#delay.close();
  }

  #http(): readonly Family[] {
    return [
      counter(
        'tachyon_gateway_requests_total',
        'HTTP requests that ended, by the template of their route and the class of their status.',
        this.#requests.read(),
      ),
      histogram(
        'tachyon_gateway_request_seconds',
        'From a request to its answer; streams are not in it.',
        this.#requestSeconds.read(),
      ),
      gauge('tachyon_gateway_requests_in_flight', 'HTTP requests under way; streams are not in it.', this.inFlight),
      counter(
        'tachyon_gateway_refused_logins_total',
        'Requests without a token, with a wrong one, or refused unseen after many wrong ones.',
        byLabel('reason', this.#refusedLogins),
      ),
      counter('tachyon_gateway_refused_roles_total', 'Requests whose token has too low a role.', this.#refusedRoles),
    ];
  }

  #broker(isUp: boolean): readonly Family[] {
    return [
      gauge('tachyon_gateway_broker_up', '1 if the broker answered this scrape within a second.', isUp ? 1 : 0),
      counter(
        'tachyon_gateway_broker_requests_total',
        'Questions to the broker that ended, by word.',
        this.#brokerRequests.read(),
      ),
      histogram(
        'tachyon_gateway_broker_request_seconds',
        'From a question to the broker to its answer, by word.',
        this.#brokerSeconds.read(),
      ),
      counter(
        'tachyon_gateway_broker_failures_total',
        'Questions to the broker that failed or were refused, by code.',
        this.#brokerFailures.read(),
      ),
    ];
  }

  #process(): readonly Family[] {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, heapTotal } = process.memoryUsage();
    const { p50Ms, p99Ms, maxMs } = this.#delay.read();
    const build = [{ labels: { version: VERSION, node: process.versions.node }, value: 1 }];
    return [
      gauge('tachyon_gateway_build_info', 'Always 1: the versions are its labels.', build),
      gauge(
        'tachyon_gateway_start_time_seconds',
        'When the process began, in Unix time.',
        performance.timeOrigin / 1000,
      ),
      counter(
        'tachyon_gateway_cpu_seconds_total',
        'Processor time of all threads, by mode.',
        byLabel('mode', { user: user / 1e6, system: system / 1e6 }),
      ),
      gauge('tachyon_gateway_resident_bytes', 'Memory of the process.', rss),
      gauge(
        'tachyon_gateway_heap_bytes',
        'Heap of the runtime: used, and taken from the system.',
        byLabel('kind', { used: heapUsed, total: heapTotal }),
      ),
      gauge(
        'tachyon_gateway_event_loop_delay_p50_seconds',
        'Delay of the event loop, median of the last 30 to 60 s.',
        p50Ms / 1000,
      ),
      gauge('tachyon_gateway_event_loop_delay_p99_seconds', 'The same, 99th percentile.', p99Ms / 1000),
      gauge('tachyon_gateway_event_loop_delay_max_seconds', 'The same, longest.', maxMs / 1000),
    ];
  }
}

const streamFamilies = (streams: Streams): readonly Family[] => [
  gauge('tachyon_gateway_streams', 'Event streams and WebSockets that are open.', byLabel('kind', streams.open)),
  gauge('tachyon_gateway_streams_limit', 'GATEWAY_STREAMS_MAX.', streams.max),
];
