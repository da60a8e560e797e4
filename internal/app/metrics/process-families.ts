// Metrics of the process, its connections and its tables.

import { performance } from 'node:perf_hooks';
import { byLabel, counter, type Family, gauge } from '../../../pkg/metrics/family.ts';
import type { LoopDelay } from '../../../pkg/metrics/loop-delay.ts';
import { VERSION } from '../../../pkg/protocol/version.ts';
import type { FrontDesk } from '../../delivery/desk/front-desk.ts';
import type { State } from '../../domain/state.ts';
import type { GcPauses } from './gc-pauses.ts';
import type { Occurrences } from './occurrences.ts';

export function processFamilies(delay: LoopDelay, pauses: GcPauses, occurrences: Occurrences): readonly Family[] {
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  const { p50Ms, p99Ms, maxMs } = delay.read();
  const build = [{ labels: { version: VERSION, node: process.versions.node }, value: 1 }];
  return [
    gauge('tachyon_build_info', 'Always 1: the versions are its labels.', build),
    gauge('tachyon_start_time_seconds', 'When the process began, in Unix time.', performance.timeOrigin / 1000),
    counter(
      'tachyon_process_cpu_seconds_total',
      'Processor time of all threads, by mode.',
      byLabel('mode', { user: user / 1e6, system: system / 1e6 }),
    ),
    gauge('tachyon_process_resident_bytes', 'Memory of the process.', memory.rss),
    gauge(
      'tachyon_process_heap_bytes',
      'Heap of the runtime: used, and taken from the system.',
      byLabel('kind', { used: memory.heapUsed, total: memory.heapTotal }),
    ),
    gauge('tachyon_process_external_bytes', 'Memory outside of the heap that objects on it hold.', memory.external),
    counter(
      'tachyon_event_loop_active_seconds_total',
      'Time in which the event loop was not waiting.',
      performance.eventLoopUtilization().active / 1000,
    ),
    gauge(
      'tachyon_event_loop_delay_p50_seconds',
      'Delay of the event loop, median of the last 30 to 60 s.',
      p50Ms / 1000,
    ),
    gauge('tachyon_event_loop_delay_p99_seconds', 'The same, 99th percentile.', p99Ms / 1000),
    gauge('tachyon_event_loop_delay_max_seconds', 'The same, longest.', maxMs / 1000),
    pauses.family(),
    counter('tachyon_stalls_total', 'Times that the broker itself was away.', occurrences.stalls),
    counter('tachyon_stalled_seconds_total', 'Time by which leases moved for that.', occurrences.stalledMs / 1000),
  ];
}

export function wireFamilies(desks: readonly FrontDesk[], endpoints: readonly string[]): readonly Family[] {
  const each = (value: (desk: FrontDesk) => number) =>
    desks.map((desk, index) => ({ labels: { endpoint: endpoints[index] ?? `${index}` }, value: value(desk) }));
  return [
    gauge(
      'tachyon_wire_peers',
      'Connections, by endpoint.',
      each(({ peers }) => peers.size),
    ),
    counter(
      'tachyon_wire_messages_total',
      'ZeroMQ messages that came in.',
      each(({ counters }) => counters.messages),
    ),
    counter(
      'tachyon_wire_dropped_replies_total',
      'Replies dropped because their peer did not read.',
      each(({ counters }) => counters.droppedReplies),
    ),
    counter(
      'tachyon_wire_silent_peers_total',
      'Peers given up for silence.',
      each((desk) => desk.counters.silentPeers),
    ),
    counter(
      'tachyon_wire_slow_peers_total',
      'Peers that did not take what was due.',
      each((desk) => desk.counters.slowPeers),
    ),
    counter(
      'tachyon_wire_unsent_total',
      'Frames for peers that had gone.',
      each(({ counters }) => counters.unsent),
    ),
  ];
}

export function tableFamilies(state: State): readonly Family[] {
  let live = 0;
  for (const session of state.sessions.values()) if (session.peer !== null) live += 1;
  const sessions = { live, away: state.sessions.size - live };
  return [
    gauge('tachyon_sessions', 'Consumer sessions: with their consumer, or waiting for it.', byLabel('state', sessions)),
    gauge('tachyon_producers', 'Producers whose sequences are remembered.', state.producers.size),
    gauge('tachyon_routes', 'Routes.', state.routes.size),
    gauge('tachyon_epoch', 'Starts of a broker on this data folder.', state.epoch),
    gauge('tachyon_draining', '1 while the broker shuts down.', state.draining ? 1 : 0),
  ];
}
