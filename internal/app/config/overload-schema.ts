// Settings of overload. The names are those of the earlier system's adaptive policy, of which this is what a simulation shows to help.

import * as z from 'zod';
import { DEFAULT_OVERLOAD } from '../../domain/overload.ts';
import { boolean, bytes, fraction, milliseconds } from './setting.ts';
import { GIB, HOUR_MS, MIB } from './units.ts';

export const overload = z.strictObject({
  refuses: boolean(
    {
      env: 'QUEUE_POLICY_ENABLED',
      text: 'Refuse publishes by class of priority while the broker is overloaded; off, the level is only shown.',
      earlier: { value: 'false' },
    },
    DEFAULT_OVERLOAD.refuses,
  ),
  intervalMs: milliseconds(
    {
      env: 'QUEUE_POLICY_EVALUATION_INTERVAL_MS',
      text: 'How often the load is measured.',
      earlier: { value: '2000', why: 'a backlog can fill in less' },
    },
    { default: 500, min: 100, max: HOUR_MS },
  ),
  holdMs: milliseconds(
    {
      env: 'QUEUE_POLICY_MIN_HOLD_MS',
      text: 'How long the load must be lower before a level is left.',
      earlier: { value: '5000' },
    },
    { default: DEFAULT_OVERLOAD.holdMs, min: 0, max: HOUR_MS },
  ),
  memoryBytesMax: bytes(
    {
      env: 'QUEUE_POLICY_MEMORY_LIMIT_BYTES',
      text: 'Memory of the process at which it would be at its end.',
      earlier: { value: '536870912', why: 'the caches alone may be as large' },
    },
    { default: 0, min: 64 * MIB, max: 1024 * GIB, zero: 'memory is no signal' },
  ),
  memoryWatermark: fraction(
    {
      env: 'QUEUE_POLICY_MEMORY_PRESSURE_HIGH_WATERMARK',
      text: 'Share of that memory at which shedding begins.',
      earlier: { value: '0.85' },
    },
    { default: DEFAULT_OVERLOAD.memoryWatermark, min: 0.1, max: 0.99 },
  ),
  shedsClasses: boolean(
    {
      env: 'QUEUE_POLICY_CLASS_CIRCUIT_BREAKER',
      text: 'Refuse the lowest classes first; off, nothing is refused before the emergency.',
      earlier: { value: 'true' },
    },
    DEFAULT_OVERLOAD.shedsClasses,
  ),
  backlogWatermark: fraction(
    {
      env: 'QUEUE_POLICY_CLASS_BREAKER_QUEUE_FRACTION',
      text: 'Share of the broker’s limits of messages and bytes at which shedding begins.',
      earlier: { value: '0.8' },
    },
    { default: DEFAULT_OVERLOAD.backlogWatermark, min: 0.1, max: 0.99 },
  ),
});
