// The words with which operators change something, as commands. What a word means is decided in the core; here it is
// only given its shape.

import { textLength } from '../../../pkg/protocol/bytes.ts';
import { PARTITION_KEY_BYTES_MAX } from '../../../pkg/protocol/partition-key.ts';
import type { Command } from '../../domain/command.ts';
import type { OperatorRequest, SteerKey, SteerQueue } from '../../domain/operator-command.ts';
import { EXPIRED_WAYS, ORDER_MODES, POISONED_WAYS, type QueuePolicy } from '../../domain/queue-policy.ts';
import { Args, ArgumentFault } from './args.ts';
import { addRouteCommand, removeRouteCommand } from './route-words.ts';
import { ACTOR, operatorOf } from './said.ts';

const DAY_MS = 24 * 3_600_000;

type Make = (request: Omit<OperatorRequest, 'operator'>, given: unknown) => Command;

export const operator = (request: Omit<OperatorRequest, 'operator'>, args: Args): OperatorRequest => ({
  ...request,
  operator: operatorOf(args),
});

const QUEUE_POLICY = [
  'lease_ms',
  'attempts_max',
  'returns_max',
  'backoff_initial_ms',
  'backoff_max_ms',
  'backoff_factor',
  'backoff_jitter',
  'expired',
  'order',
  'poisoned',
] as const;

function policyOf(args: Args): Partial<QueuePolicy> {
  return {
    ...(args.has('lease_ms') ? { leaseMs: args.whole('lease_ms', 100, DAY_MS) } : {}),
    ...(args.has('attempts_max') ? { attemptsMax: args.whole('attempts_max', 1, 255) } : {}),
    ...(args.has('returns_max') ? { returnsMax: args.whole('returns_max', 1, 65_535) } : {}),
    ...(args.has('backoff_initial_ms') ? { backoffInitialMs: args.whole('backoff_initial_ms', 0, DAY_MS) } : {}),
    ...(args.has('backoff_max_ms') ? { backoffMaxMs: args.whole('backoff_max_ms', 0, 7 * DAY_MS) } : {}),
    ...(args.has('backoff_factor') ? { backoffFactor: args.fraction('backoff_factor', 1, 100) } : {}),
    ...(args.has('backoff_jitter') ? { backoffJitter: args.fraction('backoff_jitter', 0, 1) } : {}),
    ...(args.has('order') ? { order: args.oneOf('order', ORDER_MODES) } : {}),
    ...(args.has('poisoned') ? { poisoned: args.oneOf('poisoned', POISONED_WAYS) } : {}),
    ...(args.has('expired') ? { expired: args.oneOf('expired', EXPIRED_WAYS) } : {}),
  };
}

function steer(request: Omit<OperatorRequest, 'operator'>, given: unknown, word: SteerQueue['word']): Command {
  const args = new Args(given, [...ACTOR, 'queue', 'tenant_id']);
  return {
    type: 'steer-queue',
    request: operator(request, args),
    tenant: args.text('tenant_id', ''),
    name: args.text('queue'),
    word,
  };
}

function steerOne(request: Omit<OperatorRequest, 'operator'>, given: unknown, word: SteerQueue['word']): Command {
  const args = new Args(given, [...ACTOR, 'consumer_id', 'tenant_id']);
  return {
    type: 'steer-consumer',
    request: operator(request, args),
    tenant: args.text('tenant_id', ''),
    consumer: args.text('consumer_id'),
    word,
  };
}

function steerKey(request: Omit<OperatorRequest, 'operator'>, given: unknown, word: SteerKey['word']): Command {
  const args = new Args(given, [...ACTOR, 'queue', 'tenant_id', 'key']);
  const key = args.text('key');
  if (key === '' || textLength(key) > PARTITION_KEY_BYTES_MAX) {
    throw new ArgumentFault(`"key" must have 1 to ${PARTITION_KEY_BYTES_MAX} bytes`);
  }
  return {
    type: 'steer-key',
    request: operator(request, args),
    tenant: args.text('tenant_id', ''),
    name: args.text('queue'),
    key,
    word,
  };
}

const WORDS: Readonly<Record<string, Make>> = {
  'queues.declare': (request, given) => {
    const args = new Args(given, [...ACTOR, 'queue', 'tenant_id', 'patterns', ...QUEUE_POLICY]);
    return {
      type: 'declare-queue',
      request: operator(request, args),
      tenant: args.text('tenant_id', ''),
      name: args.text('queue'),
      policy: policyOf(args),
      patterns: args.texts('patterns'),
    };
  },
  'queues.bind': (request, given) => {
    const args = new Args(given, [...ACTOR, 'queue', 'tenant_id', 'patterns']);
    const patterns = args.texts('patterns');
    if (patterns.length === 0) throw new ArgumentFault('"patterns" must name at least one pattern');
    return {
      type: 'bind-queue',
      request: operator(request, args),
      tenant: args.text('tenant_id', ''),
      name: args.text('queue'),
      patterns,
    };
  },
  'queues.delete': (request, given) => {
    const args = new Args(given, [...ACTOR, 'queue', 'tenant_id', 'force']);
    return {
      type: 'delete-queue',
      request: operator(request, args),
      tenant: args.text('tenant_id', ''),
      name: args.text('queue'),
      force: args.flag('force', false),
    };
  },
  'queues.purge': (request, given) => {
    const args = new Args(given, [...ACTOR, 'queue', 'tenant_id', 'confirm']);
    if (args.text('confirm', '') !== 'PURGE') throw new ArgumentFault('the word is PURGE', 'CONFIRMATION_REQUIRED');
    return {
      type: 'purge-queue',
      request: operator(request, args),
      tenant: args.text('tenant_id', ''),
      name: args.text('queue'),
    };
  },
  'queues.pause': (request, given) => steer(request, given, 'pause'),
  'queues.drain': (request, given) => steer(request, given, 'drain'),
  'queues.resume': (request, given) => steer(request, given, 'resume'),
  'consumers.pause': (request, given) => steerOne(request, given, 'pause'),
  'consumers.drain': (request, given) => steerOne(request, given, 'drain'),
  'consumers.resume': (request, given) => steerOne(request, given, 'resume'),
  'keys.pause': (request, given) => steerKey(request, given, 'pause'),
  'keys.resume': (request, given) => steerKey(request, given, 'resume'),
  'keys.release': (request, given) => steerKey(request, given, 'release'),
  'keys.skip': (request, given) => steerKey(request, given, 'skip'),
  'jobs.cancel': (request, given) => {
    const args = new Args(given, [...ACTOR, 'job']);
    return { type: 'cancel-job', request: operator(request, args), job: args.whole('job', 1, Number.MAX_SAFE_INTEGER) };
  },
  'schemas.remove': (request, given) => {
    const args = new Args(given, [...ACTOR, 'name']);
    return { type: 'remove-schema', request: operator(request, args), name: args.text('name') };
  },
  'routes.add': addRouteCommand,
  'routes.remove': removeRouteCommand,
};

/** Whether the word changes something. */
export const isOperatorWord = (word: string): boolean => Object.hasOwn(WORDS, word);

/** The command, or null when no word of this name changes anything. Throws an ArgumentFault. */
export function operatorCommand(
  word: string,
  request: Omit<OperatorRequest, 'operator'>,
  given: unknown,
): Command | null {
  return Object.hasOwn(WORDS, word) ? (WORDS[word] as Make)(request, given) : null;
}
