// Scripts that read the lines of the earlier bench read these.

import { describe, expect, it } from 'vitest';
import { figuresOf, latencies } from '../../../internal/testing/fixtures/bench-figures.ts';
import { matrixRows } from '../commands/matrix.ts';
import { CSV_HEAD, csvRow, durationText } from './csv.ts';

describe('the matrix', () => {
  it('has the columns of the earlier bench, word for word', () => {
    expect(CSV_HEAD).toBe(
      'mode,payload_class,compress,recv_msgs,msgs_per_sec,p50,p95,p99,cpu_percent,memory_rss_mb,allocs_per_op',
    );
  });

  it('has 18 rows: each mode with each class, plain and compressed', () => {
    const rows = matrixRows().map(({ mode, payloadClass, compress }) => `${mode},${payloadClass},${compress}`);
    expect(rows).toHaveLength(18);
    expect(new Set(rows).size).toBe(18);
    expect([rows[0], rows[1], rows[17]]).toEqual([
      'direct-ack,small,false',
      'direct-ack,small,true',
      'mixed,large,true',
    ]);
  });

  it('writes a row in the order of its columns: latencies as durations, memory in MiB, heap bytes for allocations', () => {
    const figures = figuresOf({
      settings: { compress: true },
      consumer: { arrivals: latencies(...Array(90).fill(0.05), ...Array(7).fill(0.1), 0.12, 0.12, 0.12) },
    });
    expect(csvRow('small', figures)).toBe('direct-ack,small,true,1000,100.00,50µs,100µs,120µs,30.00,60.00,600.00');
    expect(csvRow('small', figures).split(',')).toHaveLength(CSV_HEAD.split(',').length);
  });

  it.each([
    [0, '0s'],
    [0.85, '850µs'],
    [1.329, '1.329ms'],
    [90, '90ms'],
    [2_500, '2.5s'],
    [61_500, '1m1.5s'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
