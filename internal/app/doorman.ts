// What the desks' doorman goes by: bounds, trust, and secrets for producers and sessions, of which only hashes are kept.

import type { Doorman } from '../delivery/desk/words.ts';
import type { FreshToken } from '../domain/command.ts';
import type { EngineSettings } from './engine-settings.ts';
import type { World } from './world.ts';

const TOKEN_BYTES = 32;

export function doormanOf({ chance, hash }: World, { limits }: EngineSettings, trustTenants: boolean): Doorman {
  const { windowMessagesMax, windowBytesMax } = limits;
  const freshToken = (): FreshToken => {
    const token = [...chance.bytes(TOKEN_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return { token, hash: hash(token) };
  };
  return { trustTenants, windowMessagesMax, windowBytesMax, freshToken, hash };
}
