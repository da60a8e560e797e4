// Effects to frames: what leaves the core for one peer, said in the form that this peer speaks.

import type { ConfirmDurability } from '../../../pkg/protocol/abtp2/confirm.ts';
import { BATCH_BYTES_MAX, CONTROL_BYTES_MAX, limitsForHello } from '../../../pkg/protocol/limits.ts';
import type { HelloOk, LeasesEnded, OperatorReply, Refused, Registered } from '../../domain/effect.ts';
import { NO_PRODUCER } from '../../domain/ids.ts';
import { SEQUENCE_WINDOW } from '../../domain/sequence-window.ts';
import type { Outgoing } from '../../usecase/gate.ts';
import { sendPublished } from './confirms.ts';
import { sendPackets } from './deliveries.ts';
import { sendReply } from './inbox-replies.ts';
import { sendAcked, sendError, sendFetched, sendWord, wordFrames } from './replies.ts';
import type { WirePeer } from './wire-peer.ts';

export interface AnsweringOptions {
  readonly server: string;
  readonly durability: ConfirmDurability;
  readonly messageBytesMax: number;
  readonly heartbeatMs: number;
}

/** Deliveries in messages of their own are not told here, because they may have to wait for their bodies. */
export function sendEffect(peer: WirePeer, { effect, position, blocks }: Outgoing, options: AnsweringOptions): void {
  switch (effect.type) {
    case 'published':
      return sendPublished(peer, effect, position, options.durability);
    case 'deliver':
      return peer.served === null ? undefined : sendPackets(peer, effect, blocks ?? []);
    case 'acked':
      return sendAcked(peer, effect, position);
    case 'hello-ok':
      return greet(peer, effect, options);
    case 'registered':
      return serve(peer, effect, options);
    case 'deregistered': {
      const { consumer, id } = effect.session;
      endSession(peer);
      return sendWord(peer, { type: 'consumer.deregistered', consumerId: consumer, sessionId: id });
    }
    case 'refused':
      return refuse(peer, effect);
    case 'leases-ended':
      return endLeases(peer, effect);
    case 'session-ended':
      endSession(peer);
      return sendError(peer, effect.refusal.code, { detail: effect.refusal.detail });
    case 'operator-reply':
      return replyToOperator(peer, effect);
    case 'fetch-ended':
      return sendFetched(peer, effect);
    case 'inbox-opened':
      return sendWord(peer, { type: 'inbox.opened', address: effect.address, request: effect.request });
    case 'inbox-reply':
      return sendReply(peer, effect.block);
    case 'request-ended':
      return sendError(peer, 'TIMEOUT', { detail: 'no answer came in time', messageId: effect.messageId });
    case 'publication':
    case 'step-done':
    case 'audited':
      return;
  }
}

function endSession(peer: WirePeer): void {
  peer.served = null;
  peer.endedAll();
}

/** Deliveries that one word names at most: ids are texts of up to sixteen digits, and a word has its bound. */
const ENDED_MAX = 8_192;

function endLeases(peer: WirePeer, { deliveries, deletedQueue }: LeasesEnded): void {
  for (const delivery of deliveries) peer.ended(delivery);
  const consumerId = peer.served?.session.consumer;
  if (deletedQueue === null || consumerId === undefined) return;
  for (let first = 0; first < deliveries.length; first += ENDED_MAX) {
    sendWord(peer, {
      type: 'consumer.leases_ended',
      consumerId,
      code: 'QUEUE_DELETED',
      queue: deletedQueue,
      deliveries: deliveries.slice(first, first + ENDED_MAX),
    });
  }
}

function refuse(peer: WirePeer, { refusal, word, delivery, request }: Refused): void {
  const { code, detail, retryAfterMs } = refusal;
  if (word === 'hello') peer.beginAgain();
  if (request !== undefined) peer.takeRefused(request);
  sendError(peer, code, {
    detail,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(delivery === null ? {} : { deliveryId: delivery }),
    ...(request === undefined ? {} : { request }),
  });
}

function greet(peer: WirePeer, effect: HelloOk, { server, messageBytesMax, heartbeatMs }: AnsweringOptions): void {
  const { greeting } = peer;
  if (greeting === null) return;
  // What was counted before the hello is told before it.
  peer.outbox.endRun();
  const granted = effect.producer;
  peer.producer = granted?.id ?? NO_PRODUCER;
  if (granted !== null) peer.nextNumber = granted.highestSequence + 1;
  const producer =
    granted === null
      ? null
      : {
          id: granted.id as number,
          token: granted.token ?? greeting.producerToken ?? '',
          epoch: granted.epoch,
          window: SEQUENCE_WINDOW,
          lastSequence: granted.highestSequence,
        };
  sendWord(peer, {
    type: 'hello.ok',
    version: greeting.version,
    server,
    producer,
    limits: {
      ...limitsForHello(),
      body_bytes: messageBytesMax,
      batch_bytes: Math.min(BATCH_BYTES_MAX, messageBytesMax),
    },
    heartbeatMs,
    session: null,
  });
}

function serve(peer: WirePeer, effect: Registered, { heartbeatMs }: AnsweringOptions): void {
  const { session, queues } = effect;
  const indexOf = new Map(queues.map(({ queue }, index) => [queue, index]));
  const token = effect.token ?? peer.resumeToken ?? '';
  // What a session before it was given is not this one's to settle.
  if (!effect.resumed) peer.endedAll();
  peer.served = { session, form: peer.wishedForm, indexOf };
  peer.resumeToken = token;
  const word = (withPatterns: boolean) =>
    ({
      type: 'consumer.registered',
      status: 'ok',
      consumerId: session.consumer,
      sessionId: session.id,
      sessionToken: token,
      resumed: effect.resumed,
      heartbeatMs,
      window: { messages: session.windowMessages, bytes: session.windowBytes },
      queues: queues.map(({ queue, patterns }, index) => ({
        index,
        name: queue.name,
        patterns: withPatterns ? patterns : [],
        leaseMs: queue.policy.leaseMs,
      })),
    }) as const;
  const whole = word(true);
  // The consumer knows its patterns; the indexes it must be told.
  sendWord(peer, isTooLarge(wordFrames(whole, peer.binary)) ? word(false) : whole);
}

const isTooLarge = (frames: readonly Uint8Array[]): boolean => (frames.at(-1)?.length ?? 0) > CONTROL_BYTES_MAX;

function replyToOperator(peer: WirePeer, { id, outcome }: OperatorReply): void {
  const word = (result: unknown) =>
    ({
      type: 'admin.reply',
      id,
      ok: outcome.ok,
      result,
      error: outcome.ok ? null : { code: outcome.refusal.code, message: outcome.refusal.detail },
    }) as const;
  const whole = word(outcome.ok ? outcome.result : null);
  // What was asked for is done; only its details do not fit into one control message.
  const tooLarge = isTooLarge(wordFrames(whole, peer.binary));
  sendWord(peer, tooLarge ? word({ omitted: 'the result is larger than one control message' }) : whole);
}
