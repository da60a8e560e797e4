// A consumer is steered: its session, if it has one, is given nothing from here on, or something again.

import type { ConsumerSteered } from './consumer-event.ts';
import type { State } from './state.ts';

export function consumerSteered(state: State, { tenant, consumer, steering }: ConsumerSteered): void {
  state.steered.set(tenant, consumer, steering);
  for (const session of state.sessions.values()) {
    if (session.consumer !== consumer || session.tenant !== tenant) continue;
    session.steering = steering;
    if (steering === 'running') state.wake(session.queues);
  }
}
