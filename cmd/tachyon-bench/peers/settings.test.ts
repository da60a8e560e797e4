// What a race cannot measure is refused before a process is started.

import { describe, expect, it } from 'vitest';
import { checkPeersSettings, type PeersSettings, systemsIn, waysIn } from './settings.ts';

const settings: PeersSettings = {
  messages: 1,
  payloadSize: 100,
  window: 1,
  rounds: 1,
  warmUp: 0,
  only: ['nats'],
  ways: ['raw'],
  transport: 'zmtp',
  parentFolder: 'x',
  patienceMs: 1,
  profile: null,
};

describe('the settings of a race', () => {
  it.each([
    ['payloadSize', 3, '--payload-size must be a whole number from 4'],
    ['window', 16_385, '--window must be a whole number from 1 to 16384'],
    ['rounds', 0, '--rounds'],
    ['messages', 1.5, '--messages'],
    ['warmUp', -1, '--warm-up'],
  ])('have bounds: %s is not %d', (name, value, message) => {
    expect(checkPeersSettings(settings)).toBe(settings);
    expect(() => checkPeersSettings({ ...settings, [name]: value })).toThrow(message);
  });

  it('name systems and ways in any order, and none that is not known', () => {
    expect(systemsIn('redis, nats')).toEqual(['nats', 'redis']);
    expect(waysIn('raw,client')).toEqual(['client', 'raw']);
    expect(() => systemsIn('nats,kafka')).toThrow('--only does not know kafka: choose from nats, redis');
    expect(() => waysIn('')).toThrow('--ways does not know');
  });
});
