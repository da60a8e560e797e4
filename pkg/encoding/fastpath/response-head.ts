// Heads of the sidecar's replies, both forms, big-endian. Behind a head stands the body: what was asked for, or the text
// of the error, which begins with its code.
//
// To the earlier form, six bytes:
//
//    0  u16  status: 0 done, 1 failed
//    2  u32  body length
//
// To the extended form, 28 bytes:
//
//    0  u16  magic 0xAE7D
//    2  u8   version 1
//    3  u8   operation of the request
//    4  u16  status: 0 done, else that of an error
//    6  u16  zero
//    8  u32  request id
//   12  u32  body length
//   16  u32  CRC-32 of topic and payload of the request: whose answer this is, whatever the id says
//   20  u32  CRC-32 of the body
//   24  u32  CRC-32 of bytes 0 to 23

import { CHECKED_HEAD_BYTES, type HeadRefusal, openHead, sealHead } from './checked-head.ts';

export const EARLIER_RESPONSE_HEAD_BYTES = 6;
export const RESPONSE_HEAD_BYTES = CHECKED_HEAD_BYTES;
const RESPONSE_MAGIC = 0xae7d;

export interface EarlierResponseHead {
  readonly status: number;
  readonly bodyLength: number;
}

export interface ResponseHead extends EarlierResponseHead {
  readonly operation: number;
  readonly requestId: number;
  readonly requestCrc: number;
  readonly bodyCrc: number;
}

export function encodeEarlierResponseHead({ status, bodyLength }: EarlierResponseHead): Uint8Array {
  const bytes = new Uint8Array(EARLIER_RESPONSE_HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, status);
  view.setUint32(2, bodyLength);
  return bytes;
}

export function decodeEarlierResponseHead(bytes: Uint8Array): EarlierResponseHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, EARLIER_RESPONSE_HEAD_BYTES);
  return { status: view.getUint16(0), bodyLength: view.getUint32(2) };
}

export const encodeResponseHead = (head: ResponseHead): Uint8Array =>
  sealHead(RESPONSE_MAGIC, (view) => {
    view.setUint8(3, head.operation);
    view.setUint16(4, head.status);
    view.setUint32(8, head.requestId);
    view.setUint32(12, head.bodyLength);
    view.setUint32(16, head.requestCrc);
    view.setUint32(20, head.bodyCrc);
  });

/** After a refusal the stream cannot be followed. */
export function decodeResponseHead(bytes: Uint8Array): ResponseHead | HeadRefusal {
  const view = openHead(bytes, RESPONSE_MAGIC, 'reply');
  if (!(view instanceof DataView)) return view;
  return {
    operation: view.getUint8(3),
    status: view.getUint16(4),
    requestId: view.getUint32(8),
    bodyLength: view.getUint32(12),
    requestCrc: view.getUint32(16),
    bodyCrc: view.getUint32(20),
  };
}
