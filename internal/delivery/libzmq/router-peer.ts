// One peer of a ROUTER: its number, its routing id, what came from it in this poll phase and what goes to it.

import type { PeerId } from '../../domain/ids.ts';
import type { Frames } from '../transport.ts';
import type { Outbox } from './outbox.ts';
import type { TablePeer } from './peer-table.ts';

export class RouterPeer implements TablePeer {
  readonly id: PeerId;
  readonly routingId: Uint8Array;
  readonly outbox: Outbox;
  recent = true;
  inbox: Frames[] = [];

  constructor(id: PeerId, routingId: Uint8Array, outbox: Outbox) {
    this.id = id;
    this.routingId = routingId;
    this.outbox = outbox;
  }

  get busy(): boolean {
    return this.inbox.length > 0 || this.outbox.length > 0;
  }
}
