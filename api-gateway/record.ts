// What every change carries to the broker: who asks, as the token allows it to be said, and why.

import type { FastifyRequest } from 'fastify';
import { actorOf } from './auth/principal.ts';
import { principalOf } from './plugins/authentication.ts';

export interface OnRecord {
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
}

export const onRecordOf = (
  request: Pick<FastifyRequest, 'principal'>,
  said: OnRecord,
): { actor: string; reason: string } => ({
  actor: actorOf(principalOf(request), said.actor),
  reason: said.reason ?? '',
});
