// Fanout for readers of server-sent events: one subscription per reader. Best effort as fanout is: a reader that does
// not keep up is told how much it missed. Invariant: what waits for one reader is bounded.

import type { FanoutMessage } from '../../pkg/client/subscribe/fanout-message.ts';
import { SubSubscription } from '../../pkg/client/subscribe/subscription.ts';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { statusSchema } from '../schemas/status.ts';
import type { AdminPort } from './admin-link.ts';

const HIGH_WATER_MARK = 1_000;

export interface WatchSubscription {
  close(): Promise<void>;
}

export type OpenWatch = (
  patterns: readonly string[],
  take: (message: FanoutMessage) => void,
) => Promise<WatchSubscription>;

/** Asks the broker where its PUB endpoint is: it may have moved since the last reader. */
export const watchOver =
  (admin: AdminPort, timeoutMs: number): OpenWatch =>
  async (patterns, take) => {
    const { endpoints } = await admin.read('status', {}, statusSchema);
    const address = endpoints?.pub;
    if (typeof address !== 'string') throw new TachyonError('NOT_SUPPORTED', 'this broker has no PUB endpoint open');
    const options = { address, timeoutMs, highWaterMark: HIGH_WATER_MARK };
    const subscription = new SubSubscription(patterns, take, options);
    await subscription.open();
    return subscription;
  };
