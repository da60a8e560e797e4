// Events about single consumers. Kind numbers are never used again.

import type { ConsumerSteered, Steering } from '../../../domain/event.ts';
import { actor, oneOf, record, text } from './event-fields.ts';

export const consumerSteered = record<ConsumerSteered>(64, 'consumer-steered', {
  tenant: text,
  consumer: text,
  steering: oneOf<Steering>('running', 'paused', 'draining'),
  operator: actor,
});
