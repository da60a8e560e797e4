// Who speaks to the broker, and the leases that they hold as a whole.

import type { DeliveryId, ProducerId, SessionId } from './ids.ts';

export interface ProducerOpened {
  readonly type: 'producer-opened';
  readonly producer: ProducerId;
  readonly tenant: string;
  readonly epoch: number;
  /** sha256 of the secret with which the producer comes back, 32 bytes in hex. */
  readonly tokenHash: string;
  readonly atMs: number;
}

export interface ProducerExpired {
  readonly type: 'producer-expired';
  readonly producer: ProducerId;
}

export interface SessionOpened {
  readonly type: 'session-opened';
  readonly session: SessionId;
  readonly tenant: string;
  readonly consumer: string;
  readonly tokenHash: string;
  readonly resumable: boolean;
}

/** Its leases are returned by evolve, each counted as returned. */
export interface SessionClosed {
  readonly type: 'session-closed';
  readonly session: SessionId;
}

/** Delivery ids below `through` may be in use from here on; a restart begins at it. */
export interface DeliveryIdsReserved {
  readonly type: 'delivery-ids-reserved';
  readonly through: DeliveryId;
}

export interface Extended {
  readonly type: 'extended';
  readonly deliveries: readonly DeliveryId[];
  readonly deadlineMs: number;
}

/** All leases move by a stall of the broker itself, or by a forward step of the wall clock. */
export interface LeasesShifted {
  readonly type: 'leases-shifted';
  readonly byMs: number;
}

export type SessionEvent =
  | ProducerOpened
  | ProducerExpired
  | SessionOpened
  | SessionClosed
  | DeliveryIdsReserved
  | Extended
  | LeasesShifted;
