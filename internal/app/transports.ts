// The doors of a broker over the transport that its configuration names. libzmq is loaded only where it is asked for.

import type { FanoutTransport, Transport } from '../delivery/transport.ts';
import { ZmtpPubTransport } from '../delivery/zmtp/pub-transport.ts';
import { ZmtpRouterTransport } from '../delivery/zmtp/router-transport.ts';
import type { Config } from './config/load.ts';

export interface Doors {
  /** Null with `adminOnly`. */
  readonly router: Transport | null;
  readonly pub: FanoutTransport | null;
  readonly admin: Transport;
}

interface Kind {
  router(address: string, frameBytesMax?: number): Transport;
  pub(address: string): FanoutTransport;
}

const ZMTP: Kind = {
  router: (address, frameBytesMax) =>
    new ZmtpRouterTransport({ address, ...(frameBytesMax === undefined ? {} : { frameBytesMax }) }),
  pub: (address) => new ZmtpPubTransport({ address }),
};

async function libzmq(): Promise<Kind> {
  const [{ RouterTransport }, { PubTransport }] = await Promise.all([
    import('../delivery/libzmq/router-transport.ts'),
    import('../delivery/libzmq/pub-transport.ts'),
  ]);
  return {
    router: (address, frameBytesMax) =>
      new RouterTransport({ address, ...(frameBytesMax === undefined ? {} : { frameBytesMax }) }),
    pub: (address) => new PubTransport({ address }),
  };
}

export async function openDoors({ wire, admin }: Config, adminOnly: boolean): Promise<Doors> {
  const kind = wire.transport === 'libzmq' ? await libzmq() : ZMTP;
  // A body, its framing, and what stands beside it.
  const frameBytesMax = wire.messageBytesMax * 2 + 1024 * 1024;
  return {
    router: adminOnly ? null : kind.router(wire.bindAddress, frameBytesMax),
    pub: adminOnly ? null : kind.pub(wire.pubAddress),
    admin: kind.router(`ipc://${admin.socketPath}`),
  };
}
