// What must hold between settings that are each right by themselves. Every sentence names both and a way out.

import { invariant } from '../../domain/assert.ts';
import { hasFreePort, isLocalEndpoint, isLoopbackHost } from './endpoint.ts';
import { LARGEST_HEAD_BYTES, largestBodyIn, smallestSegmentFor } from './largest-message.ts';
import { nameOf, type Origin, type Problem } from './origin.ts';
import { SOCKET_PATH_BYTES_MAX } from './paths.ts';
import type { Settings } from './schema.ts';

/** What a message needs in memory beside its body: topic, id and attributes, with room to spare. */
export const MESSAGE_OVERHEAD_BYTES = 128 * 1024;

invariant(
  LARGEST_HEAD_BYTES <= MESSAGE_OVERHEAD_BYTES,
  `the overhead of ${MESSAGE_OVERHEAD_BYTES} bytes should hold a head of ${LARGEST_HEAD_BYTES}`,
);

/** Segments that trimming needs room for while it works. */
export const SEGMENTS_ON_DISK_MIN = 4;

export type OriginOf = (path: string) => Origin;

const invalid = (sentence: string): Problem => ({ code: 'INVALID_CONFIG', sentence });

function* journalProblems({ journal, wire }: Settings, name: (path: string) => string): Iterable<Problem> {
  if (!journal.enabled) return;
  const largest = largestBodyIn(journal.segmentBytesMax);
  if (wire.messageBytesMax > largest) {
    yield invalid(
      `${name('journal.segmentBytesMax')} is ${journal.segmentBytesMax}, too small for a message of ` +
        `${wire.messageBytesMax} bytes (${name('wire.messageBytesMax')}) beside the reserve: set WAL_SEGMENT_MAX_BYTES ` +
        `to at least ${smallestSegmentFor(wire.messageBytesMax)}, or MESSAGE_BYTES_MAX to at most ${largest}`,
    );
  }
  const least = SEGMENTS_ON_DISK_MIN * journal.segmentBytesMax;
  if (journal.diskBytesMax > 0 && journal.diskBytesMax < least) {
    yield invalid(
      `${name('journal.diskBytesMax')} is ${journal.diskBytesMax}: it must be 0 or at least ${least}, ` +
        `${SEGMENTS_ON_DISK_MIN} times WAL_SEGMENT_MAX_BYTES`,
    );
  }
}

function* memoryProblems({ delivery, journal, wire }: Settings, name: (path: string) => string): Iterable<Problem> {
  const needed = wire.messageBytesMax + MESSAGE_OVERHEAD_BYTES;
  const bounds = [
    ['delivery.windowBytesMax', 'WINDOW_BYTES_MAX', delivery.windowBytesMax],
    ['journal.readCacheBytes', 'READ_CACHE_BYTES', journal.readCacheBytes],
  ] as const;
  for (const [path, variable, value] of bounds) {
    if (value >= needed) continue;
    yield invalid(
      `${name(path)} is ${value}, too small to deliver a message of ${wire.messageBytesMax} bytes: ` +
        `set ${variable} to at least ${needed}, or lower MESSAGE_BYTES_MAX`,
    );
  }
}

function* timeProblems({ delivery, sessions }: Settings, name: (path: string) => string): Iterable<Problem> {
  if (sessions.heartbeatIntervalMs >= delivery.leaseMs) {
    yield invalid(
      `${name('sessions.heartbeatIntervalMs')} is ${sessions.heartbeatIntervalMs}: it must be shorter than DELIVERY_TIMEOUT_MS, ` +
        `which is ${delivery.leaseMs}, or every lease ends before its consumer is missed`,
    );
  }
  if (delivery.backoffInitialMs > delivery.backoffMaxMs) {
    yield invalid(
      `${name('delivery.backoffInitialMs')} is ${delivery.backoffInitialMs}: it must not be longer than RETRY_BACKOFF_MAX_MS, ` +
        `which is ${delivery.backoffMaxMs}`,
    );
  }
}

function* sidecarProblems({ fastpath }: Settings, name: (path: string) => string): Iterable<Problem> {
  if (!fastpath.enabled) {
    if (fastpath.require)
      yield invalid(`${name('fastpath.require')} is on: it needs FASTPATH_SIDECAR_ENABLED, which is off`);
    return;
  }
  const length = Buffer.byteLength(fastpath.socketPath);
  if (length <= SOCKET_PATH_BYTES_MAX) return;
  yield invalid(
    `${name('fastpath.socketPath')} is ${fastpath.socketPath}: it has ${length} bytes and may have ` +
      `${SOCKET_PATH_BYTES_MAX}; set FASTPATH_SOCKET_PATH to a shorter one`,
  );
}

function* endpointProblems({ wire, metrics }: Settings, name: (path: string) => string): Iterable<Problem> {
  if (wire.bindAddress === wire.pubAddress && !hasFreePort(wire.bindAddress)) {
    yield invalid(
      `${name('wire.pubAddress')} and ${name('wire.bindAddress')} are both ${wire.bindAddress}: each needs its own`,
    );
  }
  if (wire.allowInsecureBind) return;
  for (const [path, address] of [
    ['wire.bindAddress', wire.bindAddress],
    ['wire.pubAddress', wire.pubAddress],
  ] as const) {
    if (isLocalEndpoint(address)) continue;
    yield {
      code: 'INSECURE_BIND',
      sentence: `${name(path)} is ${address}, which other machines may reach, and there is no authentication: bind to 127.0.0.1, or set ALLOW_INSECURE_BIND=true`,
    };
  }
  if (metrics.port === 0 || isLoopbackHost(metrics.address)) return;
  yield {
    code: 'INSECURE_BIND',
    sentence: `${name('metrics.address')} is ${metrics.address}, which other machines may reach, and names of queues and tenants are read there without authentication: set METRICS_ADDRESS to 127.0.0.1, or set ALLOW_INSECURE_BIND=true`,
  };
}

/** All relations that do not hold. */
export const relationProblems = (settings: Settings, originOf: OriginOf): readonly Problem[] => {
  const name = (path: string): string => nameOf(path, originOf(path));
  return [journalProblems, memoryProblems, timeProblems, sidecarProblems, endpointProblems].flatMap((rule) => [
    ...rule(settings, name),
  ]);
};
