// What is under way as packets, for a broker that may have seen any of it: neighbours together, a batch by itself.

import { encodePublish } from '../../protocol/index.ts';
import type { Outstanding, Run } from './outstanding.ts';
import { PACKET_BYTES_FULL, PACKET_MESSAGES_MAX } from './publish-packet.ts';

export function* packetsOf(outstanding: Outstanding): Generator<Uint8Array> {
  let gathered: Run[] = [];
  let bytes = 0;
  let count = 0;
  const packet = (head: Run): Uint8Array => {
    const blocks = gathered.map((run) => run.blocks);
    return encodePublish(head.first, count, blocks, head.atomic);
  };
  for (const run of outstanding.runs(PACKET_BYTES_FULL, PACKET_MESSAGES_MAX)) {
    const [head] = gathered;
    if (head !== undefined) {
      const isNext = head.first + count === run.first;
      const fits = bytes + run.blocks.length <= PACKET_BYTES_FULL && count + run.count <= PACKET_MESSAGES_MAX;
      if (!isNext || !fits || run.atomic || head.atomic) {
        yield packet(head);
        gathered = [];
        bytes = 0;
        count = 0;
      }
    }
    gathered.push(run);
    bytes += run.blocks.length;
    count += run.count;
  }
  const [head] = gathered;
  if (head !== undefined) yield packet(head);
}
