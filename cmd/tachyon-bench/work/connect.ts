// How a worker's client connects: over the transport of the run.

import { type Client, connect } from '../../../pkg/client/index.ts';
import type { Transport } from '../settings.ts';

const TIMEOUT_MS = 30_000;

export const connectOver = (
  transport: Transport,
  at: { readonly router: string; readonly pub: string; readonly name: string },
): Promise<Client> => connect({ ...at, transport, timeoutMs: TIMEOUT_MS });
