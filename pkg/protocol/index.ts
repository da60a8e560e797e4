// The public surface of the wire contract, spelled out.

export type { DecompressBE } from './abtp1/guess.ts';
export {
  type Abtp1Control,
  type Abtp1Input,
  type Abtp1Packet,
  type Abtp1Publish,
  type Abtp1Refusal,
  decodeFrames,
  type Sender,
} from './abtp1.ts';
export {
  type AckedPacket,
  type ConfirmDurability,
  type ConfirmException,
  type ConfirmPacket,
  DURABILITIES,
  encodeAcked,
  encodeConfirm,
  type RefusedDelivery,
} from './abtp2/confirm.ts';
export {
  DELIVER_HEAD_BYTES,
  DELIVER_ITEM_BYTES,
  type DeliverHead,
  type DeliverItem,
  type DeliverPacket,
  encodeDeliver,
} from './abtp2/deliver.ts';
export {
  type ControlPacket,
  encodeControlPacket,
  encodeFetch,
  encodeFetched,
  encodeHeartbeat,
  type FetchedPacket,
  type FetchPacket,
  type HeartbeatPacket,
} from './abtp2/flow.ts';
export { isPacket, PACKET_HEAD_BYTES, PACKET_TYPES, PACKET_VERSION, type PacketRefusal } from './abtp2/header.ts';
export { encodePublish, PUBLISH_HEAD_BYTES, type PublishPacket, writePublishHead } from './abtp2/publish.ts';
export {
  type AckPacket,
  type ExtendPacket,
  encodeAck,
  encodeExtend,
  encodeNack,
  NACK_STATUSES,
  type NackItem,
  type NackPacket,
  type NackStatus,
} from './abtp2/settle.ts';
export { type BrokerPacket, type ClientPacket, decodeBrokerPacket, decodeClientPacket } from './abtp2.ts';
export {
  ATTRIBUTE_NAMES,
  type Attributes,
  type DeliveryMode,
  deliveryModeOf,
  type Headers,
  NO_ATTRIBUTES,
  type OptionRefusal,
} from './attributes.ts';
export {
  attributesOf,
  BLOCK_HEAD_BYTES,
  BLOCK_VERSION,
  type Block,
  type BlockHead,
  BlockView,
  type BodyForm,
  blockLength,
  blockOffsets,
  bodyOf,
  bodyOffset,
  COMPRESSION_LZ4,
  COMPRESSION_NONE,
  type Compression,
  checkBlock,
  compressionOf,
  encodeBlock,
  encodeBlockHead,
  FORM_ENVELOPE,
  FORM_EVENT,
  FORM_RAW,
  formOf,
  hasAttributes,
  messageIdOf,
  topicBytesOf,
  topicOf,
} from './block.ts';
export { cutText, encodeText, isUtf8, type Refusal, readText, textLength } from './bytes.ts';
export {
  CAPABILITIES_DEFAULT,
  type ConsumerCapabilities,
  type ConsumerDeregister,
  type ConsumerDeregistered,
  type ConsumerFetch,
  type ConsumerFetched,
  type ConsumerHeartbeat,
  type ConsumerLeasesEnded,
  type ConsumerRegister,
  type ConsumerRegistered,
  type DeliveryForm,
  type RegisteredQueue,
  type WindowWish,
} from './control/consumer.ts';
export {
  agreeVersion,
  type BodyFormName,
  type Hello,
  type HelloOk,
  type ProducerClaim,
  type ProducerGrant,
  VERSIONS_SPOKEN,
  WAIT_FOR_ROOM,
} from './control/hello.ts';
export type { InboxOpen, InboxOpened } from './control/inbox.ts';
export {
  type AdminReply,
  type AdminRequest,
  type BrokerHeartbeat,
  type ErrorParts,
  type ErrorWord,
  errorWord,
  type PublishConfirmed,
  type ServerDraining,
} from './control/replies.ts';
export type { Ack, Acked, DeliveryName, Extend, Nack, NackedDelivery } from './control/settle.ts';
export {
  BROKER_WORD_TYPES,
  type BrokerWord,
  CLIENT_WORD_TYPES,
  type ClientWord,
  CONTROL_TOPIC,
  type ControlRefusal,
  decodeBrokerWord,
  decodeClientWord,
  encodeBrokerWord,
  encodeClientWord,
  type Heartbeat,
} from './control.ts';
export { envelopeJson } from './delivered/envelope-json.ts';
export { eventJson } from './delivered/event-json.ts';
export { type DeliveryFacts, messageName, type Outgoing, outgoing } from './delivered/facts.ts';
export {
  ERRORS,
  type ErrorCode,
  type ErrorEntry,
  isErrorCode,
  RETIRED_CODES,
  type Retry,
  type Severity,
  TachyonError,
} from './errors.ts';
export { deliveryFrames, fanoutFrames, metaJson } from './event-json.ts';
export { INBOX_QUEUE_INDEX, inboxAddress, isInbox } from './inbox.ts';
export { isObject, type JsonObject, type JsonScalar, parseObject } from './json.ts';
export {
  ATTRIBUTES_BYTES_MAX,
  BODY_BYTES_MAX,
  CONFIRM_EXCEPTIONS_MAX,
  CONTROL_BYTES_MAX,
  ENVELOPE_BYTES_MAX,
  EXTEND_MS_MAX,
  FETCH_WAIT_MS_MAX,
  FRAMES_MAX,
  IDENTITY_BYTES_MAX,
  ITEMS_MAX,
  type Limit,
  type LimitName,
  limitsForHello,
  MESSAGE_ID_BYTES_MAX,
  NACK_DELAY_MS_MAX,
  OPTIONS_BYTES_MAX,
  PACKET_BYTES_MAX,
  REASON_BYTES_MAX,
  SILENT_REPLY_BYTES_MAX,
  SUBSCRIPTIONS_MAX,
  TOKEN_BYTES_MAX,
  WIRE_LIMITS,
} from './limits.ts';
export { checkAttributes, refuseUnsupported, soundAttributes, UNSUPPORTED_OPTIONS } from './publish-options.ts';
export { type SaidTime, type SaidTimes, timesOf } from './times.ts';
export {
  checkName,
  checkPattern,
  checkTopic,
  literalPrefix,
  matches,
  NAME_BYTES_MAX,
  type PatternClass,
  patternClass,
  TOPIC_BYTES_MAX,
  TOPIC_LEVELS_MAX,
} from './topic.ts';
