// Metrics of quotas, throttles and overload.

import { counter, type Family, gauge } from '../../../pkg/metrics/family.ts';
import { LEVELS } from '../../domain/overload.ts';
import type { State } from '../../domain/state.ts';

export function pressureFamilies({ counters, overload }: State): readonly Family[] {
  return [
    counter('tachyon_deferred_total', 'Messages held back for producers that wait for room.', counters.heldBack),
    counter('tachyon_quota_refused_total', 'Messages refused because of a quota or a bound.', counters.quotaRefused),
    counter('tachyon_rate_refused_total', 'Messages refused because of a throttle.', counters.throttled),
    counter('tachyon_shed_total', 'Messages refused because the broker was overloaded.', counters.shed),
    counter(
      'tachyon_dispatch_paused_total',
      'Times that a queue had a message to give and nobody with room for it.',
      counters.dispatchPaused,
    ),
    counter('tachyon_policy_evaluations_total', 'Looks at a load that was worth a look.', counters.policyEvaluations),
    gauge(
      'tachyon_overload_level',
      'Level of overload: 0 normal, 1 busy, 2 shedding, 3 emergency.',
      LEVELS.indexOf(overload.level),
    ),
    gauge('tachyon_overload_pressure', 'Pressure of the strongest signal: 1 at its high watermark.', overload.pressure),
  ];
}
