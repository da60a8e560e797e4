// How a client reaches its broker. Both speak ZMTP, so either reaches any broker.

import { openLibzmqLink } from './libzmq-link.ts';
import type { OpenLink } from './link.ts';
import { openZmtpLink } from './zmtp-link.ts';

/**
 * `zmtp`: the ZMTP engine of this package, without native code. `libzmq`: the binding `zeromq`, loaded when it is first
 * asked for, with a thread of its own beside the event loop.
 */
export type ClientTransport = 'zmtp' | 'libzmq';

export const TRANSPORT_DEFAULT: ClientTransport = 'zmtp';

export const isTransport = (name: unknown): name is ClientTransport => name === 'zmtp' || name === 'libzmq';

export const openLinkOver = (transport: ClientTransport): OpenLink =>
  transport === 'libzmq' ? openLibzmqLink : openZmtpLink;
