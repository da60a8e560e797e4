// An operator steers one consumer, by its id: whatever session it has now or opens later.

import type { Operator } from './operator-event.ts';

/**
 * `paused` and `draining`: it is given nothing new, and may settle what it holds. They differ in what the operator waits
 * for: a drained consumer is expected to end up holding nothing.
 */
export type Steering = 'running' | 'paused' | 'draining';

export interface ConsumerSteered {
  readonly type: 'consumer-steered';
  readonly tenant: string;
  readonly consumer: string;
  readonly steering: Steering;
  readonly operator: Operator;
}
