// Bounds on what may lie in queues, of all tenants together and of one. They are settings: nothing of them is in the journal.

import { DEFAULT_THROTTLES, type Throttles } from './throttles.ts';

/** Each is a number of messages or of bytes; Infinity: no bound. */
export interface Bounds {
  /** In queues, with consumers or not. */
  readonly ingress: number;
  readonly ingressBytes: number;
  /** With no consumer. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** With consumers: at the bound its queues hand over no more. */
  readonly inflight: number;
  readonly inflightBytes: number;
}

export interface Quotas {
  /** Of all tenants together: `inflight` is not bounded here, windows do that. */
  readonly all: Bounds;
  /** By tenant; `*` is every tenant that is not named. */
  readonly tenants: ReadonlyMap<string, Bounds>;
  readonly throttles: Throttles;
}

const NONE = Number.POSITIVE_INFINITY;

export const UNBOUNDED: Bounds = {
  ingress: NONE,
  ingressBytes: NONE,
  queued: NONE,
  queuedBytes: NONE,
  inflight: NONE,
  inflightBytes: NONE,
};

export const NO_QUOTAS: Quotas = { all: UNBOUNDED, tenants: new Map(), throttles: DEFAULT_THROTTLES };

const EVERY_OTHER_TENANT = '*';

export const boundsOf = ({ tenants }: Quotas, tenant: string): Bounds =>
  tenants.size === 0 ? UNBOUNDED : (tenants.get(tenant) ?? tenants.get(EVERY_OTHER_TENANT) ?? UNBOUNDED);
