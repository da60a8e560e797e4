// Heads of requests to the sidecar, both forms, big-endian. Behind a head stand the topic and the payload.
//
// The earlier form, eight bytes; its replies come in the order of its requests:
//
//    0  u8   operation
//    1  u8   flags
//    2  u16  topic length
//    4  u32  payload length
//
// The extended form, 28 bytes; its first byte is no operation, so both forms can be told apart:
//
//    0  u16  magic 0xAE7C
//    2  u8   version 1
//    3  u8   operation
//    4  u8   flags
//    5  u8   zero
//    6  u16  topic length
//    8  u32  payload length
//   12  u32  request id, given back in the reply
//   16  u32  decompress: most bytes that may come of it; 0: as many as the sidecar allows
//   20  u32  CRC-32 of topic and payload
//   24  u32  CRC-32 of bytes 0 to 23: a length that was damaged is not believed

import { CHECKED_HEAD_BYTES, type HeadRefusal, openHead, sealHead } from './checked-head.ts';

export const EARLIER_REQUEST_HEAD_BYTES = 8;
export const REQUEST_HEAD_BYTES = CHECKED_HEAD_BYTES;
const REQUEST_MAGIC = 0xae7c;

/** The first byte of a head says which form it has. */
export const isExtendedHead = (firstByte: number): boolean => firstByte === REQUEST_MAGIC >>> 8;

export interface EarlierRequestHead {
  /** Not judged: an unknown one is answered, and its payload passed over. */
  readonly operation: number;
  readonly flags: number;
  readonly topicLength: number;
  readonly payloadLength: number;
}

export interface RequestHead extends EarlierRequestHead {
  readonly requestId: number;
  readonly sizeMax: number;
  readonly bodyCrc: number;
}

export function encodeEarlierRequestHead(head: EarlierRequestHead): Uint8Array {
  const bytes = new Uint8Array(EARLIER_REQUEST_HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, head.operation);
  view.setUint8(1, head.flags);
  view.setUint16(2, head.topicLength);
  view.setUint32(4, head.payloadLength);
  return bytes;
}

export function decodeEarlierRequestHead(bytes: Uint8Array): EarlierRequestHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, EARLIER_REQUEST_HEAD_BYTES);
  return {
    operation: view.getUint8(0),
    flags: view.getUint8(1),
    topicLength: view.getUint16(2),
    payloadLength: view.getUint32(4),
  };
}

export const encodeRequestHead = (head: RequestHead): Uint8Array =>
  sealHead(REQUEST_MAGIC, (view) => {
    view.setUint8(3, head.operation);
    view.setUint8(4, head.flags);
    view.setUint16(6, head.topicLength);
    view.setUint32(8, head.payloadLength);
    view.setUint32(12, head.requestId);
    view.setUint32(16, head.sizeMax);
    view.setUint32(20, head.bodyCrc);
  });

/** After a refusal the stream cannot be followed: where the next head begins is not known. */
export function decodeRequestHead(bytes: Uint8Array): RequestHead | HeadRefusal {
  const view = openHead(bytes, REQUEST_MAGIC, 'request');
  if (!(view instanceof DataView)) return view;
  return {
    operation: view.getUint8(3),
    flags: view.getUint8(4),
    topicLength: view.getUint16(6),
    payloadLength: view.getUint32(8),
    requestId: view.getUint32(12),
    sizeMax: view.getUint32(16),
    bodyCrc: view.getUint32(20),
  };
}
