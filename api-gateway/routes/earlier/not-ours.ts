// Endpoints of the earlier gateway that have nothing to do with a message broker: they say so, instead of looking like a
// spelling mistake.

import { TachyonError } from '../../../pkg/protocol/errors.ts';
import type { Routes } from '../../context.ts';

const PATHS = [
  { method: 'GET', url: '/api/system/overview', what: 'the contract registry and its event bus' },
  { method: 'POST', url: '/api/system/alerts', what: 'alerts on an event bus inside the gateway' },
  { method: 'POST', url: '/api/contracts/load', what: 'the contract registry' },
  { method: 'POST', url: '/api/genesis/mint', what: 'minting of agents' },
  { method: 'GET', url: '/ws/feed', what: 'the feed of an event bus inside the gateway' },
] as const;

export const notOursRoutes: Routes = () => async (app) => {
  for (const { method, url, what } of PATHS) {
    const refuse = async (): Promise<never> => {
      throw new TachyonError('NOT_IN_THIS_SYSTEM', `${what}: docs/compatibility.md says what is here instead`);
    };
    // Already in the hook: a WebSocket that asks is answered before it is one.
    app.route({ method, url, config: { access: 'open' }, schema: { hide: true }, onRequest: refuse, handler: refuse });
  }
};
