// Who asks, as its token says, and the name under which the broker records what was asked.

import { TachyonError } from '../../pkg/protocol/errors.ts';
import type { Role } from './role.ts';

export interface Principal {
  readonly name: string;
  readonly role: Role;
  /** ADMIN_TOKEN and the generated token stand for no one person: whoever holds it says who acts. */
  readonly shared: boolean;
}

/** The actor where a shared token is used and nobody is named, as the earlier gateway wrote it. */
export const ACTOR_DEFAULT = 'api_gateway';

/** With the longest token name behind it, the broker keeps it whole. */
export const ACTOR_CHARACTERS_MAX = 128;

/**
 * A named token always shows in the record: `name`, or `said (via name)`. A shared one adds nothing to what was said.
 * Throws INVALID_ARGUMENT for a text that claims a token.
 */
export function actorOf({ name, shared }: Principal, said: string | undefined): string {
  const actor = said?.trim() ?? '';
  if (/\(via [^)]*\)\s*$/.test(actor)) {
    throw new TachyonError('INVALID_ARGUMENT', 'actor: "(via …)" is written by the gateway');
  }
  if (shared) return actor === '' ? ACTOR_DEFAULT : actor;
  return actor === '' || actor === name ? name : `${actor} (via ${name})`;
}
