// The public surface of the client, spelled out.

export {
  type Attributes,
  type BodyForm,
  type Compression,
  type ConfirmDurability,
  type DeliveryMode,
  ERRORS,
  type ErrorCode,
  type ErrorEntry,
  type Headers,
  type JsonObject,
  type JsonScalar,
  TachyonError,
} from '../protocol/index.ts';
export { type AdminClient, type AdminOptions, openAdmin } from './admin.ts';
export { type BatchMessage, type Client, connect } from './client.ts';
export type { Consumer } from './consume/consumer.ts';
export type { Delivery, DurableAck, NackOptions } from './consume/delivery.ts';
export type { ConsumeOptions, DeliveryHandler } from './consume/options.ts';
export type { ReconnectOptions } from './link/backoff.ts';
export type { ClientTransport } from './link/transport.ts';
export type { ConnectOptions } from './options.ts';
export type { PublishBody, PublishOptions } from './publish/message.ts';
export type { PublishReceipt, PublishResult } from './publish/receipt.ts';
export type { Reply } from './request/reply.ts';
export type { RequestOptions } from './request/requests.ts';
export type { Answer, RequestHandler } from './request/respond.ts';
export type { ConnectionName, Status, StatusType } from './status.ts';
export type { FanoutMessage } from './subscribe/fanout-message.ts';
export type { FanoutHandler, Subscription } from './subscribe/subscription.ts';
