// What every change carries to the broker: who asks, as the token allows it to be said, and why.

import type { FastifyRequest } from 'fastify';
import { actorOf } from './auth/principal.ts';
import { principalOf } from './plugins/authentication.ts';

export interface OnRecord {
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
}

/** The request's line in the log says the same, so that the audit log leads to it by the id of the request. */
export function onRecordOf(
  request: FastifyRequest,
  said: OnRecord,
): { actor: string; reason: string; request_id: string } {
  const ordered = { actor: actorOf(principalOf(request), said.actor), reason: said.reason ?? '' };
  request.ordered = ordered;
  return { ...ordered, request_id: request.id };
}
