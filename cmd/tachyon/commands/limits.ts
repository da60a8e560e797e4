// `tachyon limits`: what is bounded, how much of it is used, and how loaded the broker is.

import { Command } from 'commander';
import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';
import { ask, listOf } from '../admin.ts';
import { printFields } from '../output/fields.ts';
import { printRows } from '../output/table.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption } from './options.ts';

const USED = ['ingress', 'ingress_bytes', 'queued', 'queued_bytes', 'inflight', 'inflight_bytes'] as const;

export const limitsCommand = (): Command =>
  new Command('limits')
    .description('Shows quotas and throttles, how much of each quota is used, and the level of overload.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: BrokerOptions & OutputOptions) => {
      const { output } = options;
      const view = (await ask(options, 'limits.list')) as JsonObject;
      const tenants = await listOf(options, 'limits.list');
      const { all, throttles, overload } = view;
      if (output !== 'table') return printFields({ all, tenants, throttles, overload }, output);
      const rows = [all, ...tenants].filter(isObject).map(rowOf);
      await printRows(rows, { output, columns: COLUMNS, nothing: '' });
      const rates = Array.isArray(throttles) ? throttles.filter(isObject) : [];
      if (rates.length > 0) await printRows(rates, { output, columns: RATES, nothing: '' });
      await printFields({ overload }, output);
    });

const COLUMNS = ['tenant', ...USED].map((name) => ({ name, show: (row: JsonObject) => String(row[name]) }));
const RATES = ['scope', 'match', 'tenant_id', 'messages_per_second', 'bytes_per_second', 'burst_ms'].map((name) => ({
  name,
}));

/** Each as `used / bound`, or what is used alone. */
function rowOf(view: JsonObject): JsonObject {
  const limits = isObject(view['limits']) ? view['limits'] : {};
  const cells = USED.map((name) => {
    const bound = limits[`max_${name}`];
    return [name, typeof bound === 'number' ? `${String(view[name])} / ${bound}` : view[name]];
  });
  const tenant = view['tenant_id'];
  return { tenant: tenant === null ? '(all)' : tenant === '' ? '(default)' : tenant, ...Object.fromEntries(cells) };
}
