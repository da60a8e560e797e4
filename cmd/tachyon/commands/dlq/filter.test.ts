// Options that choose dead letters become the broker's filter, and can be said again in words.

import { describe, expect, it } from 'vitest';
import { filterArgs, filterText } from './filter.ts';

describe('a filter of dead letters', () => {
  it('has what was said and nothing else', () => {
    expect(filterArgs({})).toEqual({});
    expect(filterArgs({ ids: 'a, b', id: ['c,d'], queue: 'q', tenant: 't', sequence: 7 })).toEqual({
      ids: ['a', 'b', 'c,d'],
      queue: 'q',
      tenant_id: 't',
      sequence: 7,
    });
  });

  it('takes the reason of the record by its name and by the earlier one, and not two of them', () => {
    expect(filterArgs({ recordReason: 'x' })).toEqual({ record_reason: 'x' });
    expect(filterArgs({}, 'x')).toEqual({ record_reason: 'x' });
    expect(filterArgs({ recordReason: 'x' }, 'x')).toEqual({ record_reason: 'x' });
    expect(() => filterArgs({ recordReason: 'x' }, 'y')).toThrow(/say one of them/);
  });

  it.each([{ ids: '' }, { ids: ' , ' }, { id: [''] }])('of ids that are empty is a slip: %j', (options) => {
    expect(() => filterArgs(options)).toThrow(/at least one message/);
  });

  it('is told in words', () => {
    expect(filterText({})).toBe('any');
    expect(filterText({ queue: 'orders', record_reason: 'no "stock"\n' })).toBe(
      'queue "orders", reason "no \\"stock\\"\\n"',
    );
    expect(filterText({ ids: ['a', 'b', 'c', 'd'], sequence: 4 })).toBe('ids a, b, c and 1 more ids, sequence 4');
  });
});
