// Replies to frames: a DELIVER of no queue for a peer of abtp/2, else the body with all that is said beside it.

import { encodeDeliver } from '../../../pkg/protocol/abtp2/deliver.ts';
import { BlockView } from '../../../pkg/protocol/block.ts';
import { EMPTY } from '../../../pkg/protocol/bytes.ts';
import { outgoing } from '../../../pkg/protocol/delivered/facts.ts';
import { metaJson } from '../../../pkg/protocol/event-json.ts';
import { INBOX_QUEUE_INDEX } from '../../../pkg/protocol/inbox.ts';
import type { WirePeer } from './wire-peer.ts';

const HEAD = { queueIndex: INBOX_QUEUE_INDEX, firstDelivery: 0, deadlineMs: 0 };
const ITEMS = [{ sequence: 0, attempt: 1, returned: 0 }];

export function sendReply(peer: WirePeer, block: Uint8Array): void {
  if (peer.binary) return peer.outbox.deliver([encodeDeliver(HEAD, ITEMS, [block])], 0);
  const message = outgoing(new BlockView(block), { tenant: peer.tenant, acceptedAtMs: 0, sequence: 0 });
  peer.outbox.deliver([EMPTY, message.topicBytes, message.body, metaJson(message, null)], 0);
}
