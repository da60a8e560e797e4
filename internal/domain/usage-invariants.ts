// The counts of what lies in queues beside the rows themselves. O(n): for tests and the simulator.

import { invariant } from './assert.ts';
import { DEAD, LEASED, lengthAt, statusAt } from './entry-table.ts';
import type { State } from './state.ts';
import { Usage } from './usage.ts';

export function checkUsage(state: State): void {
  const all = new Usage();
  const tenants = new Map<string, Usage>();
  for (const { tenant, entries } of state.queues.values()) {
    const seen = tenants.get(tenant) ?? new Usage();
    tenants.set(tenant, seen);
    for (const place of entries.places()) {
      const status = statusAt(place);
      if (status === DEAD) continue;
      for (const usage of [all, seen]) {
        usage.messages += 1;
        usage.bytes += lengthAt(place);
        if (status !== LEASED) continue;
        usage.leased += 1;
        usage.leasedBytes += lengthAt(place);
      }
    }
  }
  same('all queues', state.usage.all, all);
  const { size } = state.usage.tenants;
  invariant(size === tenants.size, `each tenant with queues is counted: ${size}, seen ${tenants.size}`);
  for (const [tenant, usage] of state.usage.tenants) same(`tenant "${tenant}"`, usage, tenants.get(tenant) ?? new Usage());
}

function same(what: string, counted: Usage, seen: Usage): void {
  const text = ({ messages, bytes, leased, leasedBytes }: Usage): string =>
    `${messages} messages of ${bytes} bytes, ${leased} of ${leasedBytes} with consumers`;
  invariant(text(counted) === text(seen), `usage of ${what}: ${text(counted)}, seen ${text(seen)}`);
}
