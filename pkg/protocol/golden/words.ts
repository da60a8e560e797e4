// Golden control words: the JSON as it travels, beside what it means. Read by the decoders, written by the encoders.

import { CAPABILITIES_DEFAULT } from '../control/consumer.ts';
import type { BrokerWord, ClientWord } from '../control.ts';

export interface GoldenWord<Word> {
  readonly json: string;
  readonly word: Word;
}

export const GOLDEN_CLIENT_WORDS: readonly GoldenWord<ClientWord>[] = [
  {
    json: '{"type":"hello","versions":[1,2],"client":"demo/1","producer":true}',
    word: {
      type: 'hello',
      versions: [1, 2],
      tenantId: '',
      client: 'demo/1',
      producer: 'new',
      bodyForm: 'raw',
      confirm: null,
      capabilities: [],
    },
  },
  {
    json: '{"type":"hello","versions":[1],"tenant_id":"acme","producer":{"id":"12","token":"ab"},"body_form":"event","confirm":false}',
    word: {
      type: 'hello',
      versions: [1],
      tenantId: 'acme',
      client: '',
      producer: { id: 12, token: 'ab' },
      bodyForm: 'event',
      confirm: false,
      capabilities: [],
    },
  },
  { json: '{"type":"heartbeat"}', word: { type: 'heartbeat' } },
  { json: '{"type":"inbox.open","request":4}', word: { type: 'inbox.open', request: 4 } },
  {
    json: '{"type":"consumer.register","consumer_id":"worker-1","subscriptions":["orders.>"],"queue":"orders","form":"frames","window":{"messages":64},"capabilities":{"supports_compression":["lz4"],"resumable":true,"max_inflight":64},"session_token":"cd"}',
    word: {
      type: 'consumer.register',
      tenantId: '',
      consumerId: 'worker-1',
      mode: 'direct',
      subscriptions: ['orders.>'],
      queue: 'orders',
      form: 'frames',
      window: { messages: 64, bytes: null },
      capabilities: { ...CAPABILITIES_DEFAULT, supportsCompression: ['lz4'], resumable: true, maxInflight: 64 },
      sessionToken: 'cd',
    },
  },
  {
    json: '{"type":"consumer.heartbeat","consumer_id":"worker-1","session_id":"7"}',
    word: { type: 'consumer.heartbeat', tenantId: '', consumerId: 'worker-1', sessionId: 7 },
  },
  {
    json: '{"type":"consumer.deregister","consumer_id":"worker-1"}',
    word: { type: 'consumer.deregister', tenantId: '', consumerId: 'worker-1', sessionId: null },
  },
  {
    json: '{"type":"consumer.fetch","consumer_id":"worker-1","count":10,"wait_ms":2000}',
    word: {
      type: 'consumer.fetch',
      tenantId: '',
      consumerId: 'worker-1',
      sessionId: null,
      count: 10,
      waitMs: 2000,
      request: null,
    },
  },
  {
    json: '{"type":"consumer.fetch","count":1,"request":9}',
    word: { type: 'consumer.fetch', tenantId: '', consumerId: '', sessionId: null, count: 1, waitMs: 0, request: 9 },
  },
  {
    json: '{"type":"ack","consumer_id":"worker-1","message_id":"m1"}',
    word: {
      type: 'ack',
      request: null,
      items: [{ tenantId: '', consumerId: 'worker-1', sessionId: null, deliveryId: null, messageId: 'm1' }],
    },
  },
  {
    json: '{"type":"ack","messages":[{"delivery_id":"41"},{"delivery_id":"42","message_id":"m2"}],"request":5}',
    word: {
      type: 'ack',
      request: 5,
      items: [
        { tenantId: '', consumerId: '', sessionId: null, deliveryId: 41, messageId: '' },
        { tenantId: '', consumerId: '', sessionId: null, deliveryId: 42, messageId: 'm2' },
      ],
    },
  },
  {
    json: '{"type":"nack","delivery_id":"43","status":"retryable","reason":"no stock","delay_ms":500}',
    word: {
      type: 'nack',
      request: null,
      items: [
        {
          tenantId: '',
          consumerId: '',
          sessionId: null,
          deliveryId: 43,
          messageId: '',
          status: 'retryable',
          reason: 'no stock',
          delayMs: 500,
        },
      ],
    },
  },
  {
    json: '{"type":"extend","delivery_id":"44","extend_ms":60000}',
    word: {
      type: 'extend',
      request: null,
      extendMs: 60_000,
      items: [{ tenantId: '', consumerId: '', sessionId: null, deliveryId: 44, messageId: '' }],
    },
  },
  {
    json: '{"type":"admin.request","id":3,"word":"queues.list","args":{"tenant":""}}',
    word: { type: 'admin.request', id: 3, word: 'queues.list', args: { tenant: '' } },
  },
];

export const GOLDEN_BROKER_WORDS: readonly GoldenWord<BrokerWord>[] = [
  {
    json: '{"type":"inbox.opened","address":"_inbox.5d41","request":4}',
    word: { type: 'inbox.opened', address: '_inbox.5d41', request: 4 },
  },
  {
    json: '{"type":"hello.ok","version":2,"server":"tachyon/0.1.0","producer":{"id":"12","token":"ab","epoch":2,"window":16384,"last_sequence":900},"limits":{"body_bytes":8388608},"heartbeat_ms":5000,"session":"p-1"}',
    word: {
      type: 'hello.ok',
      version: 2,
      server: 'tachyon/0.1.0',
      producer: { id: 12, token: 'ab', epoch: 2, window: 16_384, lastSequence: 900 },
      limits: { body_bytes: 8_388_608 },
      heartbeatMs: 5000,
      session: 'p-1',
    },
  },
  {
    json: '{"type":"consumer.registered","status":"ok","consumer_id":"worker-1","session_id":"7","session_token":"cd","heartbeat_interval_ms":5000,"window":{"messages":64,"bytes":8388608},"queues":[{"index":0,"name":"orders","patterns":["orders.>"],"lease_ms":30000}]}',
    word: {
      type: 'consumer.registered',
      status: 'ok',
      consumerId: 'worker-1',
      sessionId: 7,
      sessionToken: 'cd',
      resumed: false,
      heartbeatMs: 5000,
      window: { messages: 64, bytes: 8_388_608 },
      queues: [{ index: 0, name: 'orders', patterns: ['orders.>'], leaseMs: 30_000 }],
    },
  },
  {
    json: '{"type":"consumer.deregistered","consumer_id":"worker-1","session_id":"7"}',
    word: { type: 'consumer.deregistered', consumerId: 'worker-1', sessionId: 7 },
  },
  {
    json: '{"type":"consumer.fetched","consumer_id":"worker-1","request":9,"count":10,"delivered":3}',
    word: { type: 'consumer.fetched', consumerId: 'worker-1', request: 9, count: 10, delivered: 3 },
  },
  {
    json: '{"type":"consumer.leases_ended","consumer_id":"worker-1","code":"QUEUE_DELETED","queue":"orders","deliveries":["41","42"]}',
    word: {
      type: 'consumer.leases_ended',
      consumerId: 'worker-1',
      code: 'QUEUE_DELETED',
      queue: 'orders',
      deliveries: [41, 42],
    },
  },
  {
    json: '{"type":"publish.confirmed","message_id":"m1","position":17,"durability":"disk","duplicate":true}',
    word: {
      type: 'publish.confirmed',
      throughSequence: null,
      messageId: 'm1',
      position: 17,
      durability: 'disk',
      duplicate: true,
      exceptions: [],
    },
  },
  {
    json: '{"type":"publish.confirmed","through_sequence":200,"position":18,"durability":"memory","exceptions":[{"sequence":150,"duplicate":true},{"sequence":151,"code":"BUSY","retry_after_ms":250}]}',
    word: {
      type: 'publish.confirmed',
      throughSequence: 200,
      messageId: '',
      position: 18,
      durability: 'memory',
      duplicate: false,
      exceptions: [
        { sequence: 150, duplicate: true },
        { sequence: 151, duplicate: false, code: 'BUSY', retryAfterMs: 250, detail: '' },
      ],
    },
  },
  {
    json: '{"type":"acked","request":5,"position":19,"refused":[{"delivery_id":"41","code":"STALE_DELIVERY"}]}',
    word: {
      type: 'acked',
      request: 5,
      position: 19,
      refused: [{ deliveryId: 41, messageId: '', code: 'STALE_DELIVERY' }],
    },
  },
  {
    json: '{"type":"error","code":"UNROUTABLE","message":"No route leads this topic to a queue or to fanout.","message_id":"m1","retryable":false}',
    word: {
      type: 'error',
      code: 'UNROUTABLE',
      message: 'No route leads this topic to a queue or to fanout.',
      messageId: 'm1',
      retryable: false,
      retryAfterMs: 0,
      sequence: null,
      deliveryId: null,
      request: null,
    },
  },
  {
    json: '{"type":"server.draining","reconnect_after_ms":1000}',
    word: { type: 'server.draining', reconnectAfterMs: 1000 },
  },
  {
    json: '{"type":"broker.heartbeat","time_unix_ms":1764000000000}',
    word: { type: 'broker.heartbeat', timeUnixMs: 1_764_000_000_000 },
  },
  {
    json: '{"type":"admin.reply","id":3,"ok":true,"result":{"queues":[]}}',
    word: { type: 'admin.reply', id: 3, ok: true, result: { queues: [] }, error: null },
  },
  {
    json: '{"type":"admin.reply","id":4,"ok":false,"error":{"code":"QUEUE_NOT_FOUND","message":"No queue has this name."}}',
    word: {
      type: 'admin.reply',
      id: 4,
      ok: false,
      result: null,
      error: { code: 'QUEUE_NOT_FOUND', message: 'No queue has this name.' },
    },
  },
];
