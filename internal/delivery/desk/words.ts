// Control words of a peer to commands. What a word may not say here is refused with its code; nothing is decided.

import { textLength } from '../../../pkg/protocol/bytes.ts';
import type { ConsumerRegister } from '../../../pkg/protocol/control/consumer.ts';
import { agreeVersion, type Hello as HelloWord, WAIT_FOR_ROOM } from '../../../pkg/protocol/control/hello.ts';
import type { DeliveryName } from '../../../pkg/protocol/control/settle.ts';
import type { ClientWord } from '../../../pkg/protocol/control.ts';
import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import { inboxAddress } from '../../../pkg/protocol/inbox.ts';
import { CONTROL_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import type { Command, FreshToken } from '../../domain/command.ts';
import { asDeliveryId, asProducerId, type DeliveryId } from '../../domain/ids.ts';
import type { WirePeer } from './wire-peer.ts';

export interface WordRefusal {
  readonly type: 'refused';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly messageId: string;
  readonly deliveryId: number | null;
}

export interface Doorman {
  readonly trustTenants: boolean;
  readonly windowMessagesMax: number;
  readonly windowBytesMax: number;
  /** A secret, and its hash. */
  readonly freshToken: () => FreshToken;
  readonly hash: (token: string) => string;
}

export type WordIntake = {
  readonly type: 'commands';
  readonly commands: readonly Command[];
  readonly refusals: readonly WordRefusal[];
};

const refused = (code: ErrorCode, detail: string, messageId = '', deliveryId: number | null = null): WordRefusal => ({
  type: 'refused',
  code,
  detail,
  messageId,
  deliveryId,
});
const only = (...commands: readonly Command[]): WordIntake => ({ type: 'commands', commands, refusals: [] });
const no = (code: ErrorCode, detail: string): WordIntake => ({
  type: 'commands',
  commands: [],
  refusals: [refused(code, detail)],
});

/** `admin.request` is not taken here: see `delivery/admin`. */
export function takeWord(
  peer: WirePeer,
  word: Exclude<ClientWord, { type: 'admin.request' }>,
  doorman: Doorman,
): WordIntake {
  switch (word.type) {
    case 'hello':
      return hello(peer, word, doorman);
    case 'heartbeat':
      peer.beats = true;
      return only();
    case 'consumer.heartbeat':
      peer.beats = true;
      if (peer.served === null && peer.greeting !== null) return no('NOT_REGISTERED', 'heartbeat');
      return namesAnother(peer, word) ? no('NOT_REGISTERED', ANOTHER) : only();
    case 'consumer.register':
      return register(peer, word, doorman);
    case 'consumer.deregister':
      if (namesAnother(peer, word)) return no('NOT_REGISTERED', ANOTHER);
      return only({ type: 'deregister', peer: peer.id });
    case 'consumer.fetch':
      if (namesAnother(peer, word)) return no('NOT_REGISTERED', ANOTHER);
      return only({ type: 'fetch', peer: peer.id, count: word.count, waitMs: word.waitMs, request: word.request });
    case 'inbox.open': {
      if (peer.greeting === null) return no('HELLO_REQUIRED', 'inbox.open');
      peer.asks = true;
      const address = inboxAddress(doorman.freshToken().token);
      return only({ type: 'open-inbox', peer: peer.id, tenant: peer.tenant, address, request: word.request });
    }
    case 'ack': {
      const { request } = word;
      return settle(peer, word.items, request, (found) => ({
        type: 'ack',
        peer: peer.id,
        deliveries: found.map(({ delivery }) => delivery),
        request,
      }));
    }
    case 'extend': {
      const { request } = word;
      return settle(peer, word.items, request, (found) => ({
        type: 'extend',
        peer: peer.id,
        deliveries: found.map(({ delivery }) => delivery),
        byMs: word.extendMs === 0 ? null : word.extendMs,
        request,
      }));
    }
    case 'nack': {
      const { request } = word;
      return settle(peer, word.items, request, (found) => ({
        type: 'nack',
        peer: peer.id,
        items: found.map(({ delivery, item }) => ({
          delivery,
          status: item.status,
          reason: item.reason,
          delayMs: item.delayMs === 0 ? null : item.delayMs,
        })),
        request,
      }));
    }
  }
}

function hello(peer: WirePeer, word: HelloWord, doorman: Doorman): WordIntake {
  const version = agreeVersion(word.versions);
  if (version === null) return no('UNSUPPORTED_VERSION', `spoken here: 1, 2; asked for: ${word.versions.join(', ')}`);
  if (word.tenantId !== '' && !doorman.trustTenants) return no('TENANT_NOT_TRUSTED', `tenant "${word.tenantId}"`);
  // One who says hello again begins anew: it may be another process that came with the same routing id.
  const before: Command[] = peer.greeting === null ? [] : [{ type: 'peer-gone', peer: peer.id, cause: 'gone' }];
  if (before.length > 0) peer.beginAgain();
  const claim = word.producer !== null && word.producer !== 'new' ? word.producer : null;
  peer.greeting = {
    version,
    tenant: word.tenantId,
    bodyForm: word.bodyForm,
    confirm: word.confirm ?? word.producer !== null,
    asksProducer: word.producer !== null,
    producerToken: claim?.token ?? null,
    waits: word.capabilities.includes(WAIT_FOR_ROOM),
  };
  peer.beats = true;
  return only(...before, {
    type: 'hello',
    peer: peer.id,
    tenant: word.tenantId,
    producer:
      claim === null
        ? (word.producer as null | 'new')
        : { id: asProducerId(claim.id), tokenHash: doorman.hash(claim.token) },
    fresh: doorman.freshToken(),
  });
}

function register(peer: WirePeer, word: ConsumerRegister, doorman: Doorman): WordIntake {
  if (registeredBytes(word) > CONTROL_BYTES_MAX) {
    return no('FRAME_TOO_LARGE', 'the answer would have no room for so many long subscriptions');
  }
  if (word.mode !== 'direct') return no('MODE_NOT_SUPPORTED', `mode "${word.mode}"`);
  const tenant = word.tenantId === '' ? peer.tenant : word.tenantId;
  if (tenant !== peer.tenant && !doorman.trustTenants) return no('TENANT_NOT_TRUSTED', `tenant "${tenant}"`);
  const { supportsAck, resumable, maxInflight } = word.capabilities;
  const wish = word.window?.messages ?? (maxInflight > 0 ? maxInflight : null);
  const pull = word.window?.messages === 0;
  const windowMessages = wish === null || pull ? doorman.windowMessagesMax : Math.min(wish, doorman.windowMessagesMax);
  const windowBytes = Math.min(word.window?.bytes ?? doorman.windowBytesMax, doorman.windowBytesMax);
  peer.resumeToken = word.sessionToken ?? peer.resumeToken;
  peer.wishedForm = word.form ?? (peer.greeting === null ? 'event' : 'frames');
  return only({
    type: 'register',
    peer: peer.id,
    tenant,
    consumer: word.consumerId,
    queue: word.queue,
    subscriptions: word.subscriptions,
    windowMessages,
    windowBytes: Math.max(1, windowBytes),
    acks: supportsAck,
    plain: !peer.binary,
    resumable,
    pull,
    tokenHash: word.sessionToken === null ? null : doorman.hash(word.sessionToken),
    fresh: doorman.freshToken(),
  });
}

/** What the answer takes at most, when it names each queue and leaves its patterns out. */
const registeredBytes = ({ consumerId, queue, subscriptions }: ConsumerRegister): number =>
  1_024 +
  JSON.stringify([consumerId, queue]).length * 3 +
  (queue === null ? subscriptions.reduce((sum, name) => sum + textLength(JSON.stringify(name)) + 32, 0) : 0);

const ANOTHER = 'the word names another session or consumer than that of this connection';

/** Whether a word says that it is about a session that is not this connection's. */
function namesAnother(
  { served }: WirePeer,
  word: { readonly tenantId: string; readonly consumerId: string; readonly sessionId: number | null },
): boolean {
  if (served === null) return false;
  const { id, consumer, tenant } = served.session;
  return (
    (word.sessionId !== null && word.sessionId !== id) ||
    (word.consumerId !== '' && word.consumerId !== consumer) ||
    (word.tenantId !== '' && word.tenantId !== tenant)
  );
}

interface Found<Item> {
  readonly delivery: DeliveryId;
  readonly item: Item;
}

/** The command about those deliveries that can be told. The others join the answer, if one is asked for. */
function settle<Item extends DeliveryName>(
  peer: WirePeer,
  items: readonly Item[],
  request: number | null,
  make: (found: readonly Found<Item>[]) => Command,
): WordIntake {
  const found: Found<Item>[] = [];
  const refusals: WordRefusal[] = [];
  for (const item of items) {
    const named = deliveryOf(peer, item);
    if (typeof named === 'number') found.push({ delivery: asDeliveryId(named), item });
    else refusals.push(named);
  }
  if (request === null) return { type: 'commands', commands: found.length === 0 ? [] : [make(found)], refusals };
  peer.keepRefused(request, refusals);
  return { type: 'commands', commands: [make(found)], refusals: [] };
}

/** The delivery that an item is about: by its id, else the only one of the message on this connection. */
function deliveryOf(peer: WirePeer, item: DeliveryName): number | WordRefusal {
  const { messageId, deliveryId } = item;
  if (namesAnother(peer, item)) return refused('FOREIGN_DELIVERY', ANOTHER, messageId, deliveryId);
  if (deliveryId !== null) return deliveryId;
  const given = peer.givenAs(messageId);
  if (given.length === 1) return given[0] as number;
  if (given.length > 1) {
    return refused('ACK_NEEDS_DELIVERY_ID', `message "${messageId}" is out ${given.length} times`, messageId);
  }
  const code = peer.served === null ? 'NOT_REGISTERED' : 'UNKNOWN_DELIVERY';
  return refused(code, `message "${messageId}"`, messageId);
}
