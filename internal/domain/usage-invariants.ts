// The counts of what lies in queues beside the rows themselves. O(n): for tests and the simulator.

import { invariant } from './assert.ts';
import { DEAD, GONE, LEASED } from './entry-table.ts';
import type { State } from './state.ts';
import { Usage } from './usage.ts';

export function checkUsage(state: State): void {
  const all = new Usage();
  const tenants = new Map<string, Usage>();
  for (const { tenant, entries } of state.queues.values()) {
    const seen = tenants.get(tenant) ?? new Usage();
    tenants.set(tenant, seen);
    for (const { status, length, count } of entries.chunks) {
      for (let row = 0; row < count; row += 1) {
        if (status[row] === DEAD || status[row] === GONE) continue;
        seen.messages += 1;
        seen.bytes += length[row] as number;
        if (status[row] !== LEASED) continue;
        seen.leased += 1;
        seen.leasedBytes += length[row] as number;
      }
    }
  }
  const { size } = state.usage.tenants;
  invariant(size === tenants.size, `each tenant with queues is counted: ${size}, seen ${tenants.size}`);
  for (const [tenant, usage] of state.usage.tenants) {
    const seen = tenants.get(tenant) ?? new Usage();
    same(`tenant "${tenant}"`, usage, seen);
    all.messages += seen.messages;
    all.bytes += seen.bytes;
    all.leased += seen.leased;
    all.leasedBytes += seen.leasedBytes;
  }
  same('all queues', state.usage.all, all);
}

function same(what: string, counted: Usage, seen: Usage): void {
  const { messages, bytes, leased, leasedBytes } = counted;
  if (messages === seen.messages && bytes === seen.bytes && leased === seen.leased && leasedBytes === seen.leasedBytes)
    return;
  const text = (usage: Usage): string =>
    `${usage.messages} messages of ${usage.bytes} bytes, ${usage.leased} of ${usage.leasedBytes} with consumers`;
  invariant(false, `usage of ${what}: ${text(counted)}, seen ${text(seen)}`);
}
