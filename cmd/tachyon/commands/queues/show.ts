// `tachyon queues show <queue>`.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import {
  type BrokerOptions,
  dataDirOption,
  type OutputOptions,
  outputOption,
  type TenantOptions,
  tenantOption,
} from '../options.ts';

export const showCommand = (): Command =>
  new Command('show')
    .description('Shows one queue: depths, policy, routes that lead to it, consumers.')
    .argument('<queue>')
    .addOption(outputOption())
    .addOption(tenantOption())
    .addOption(dataDirOption())
    .action(async (queue: string, options: BrokerOptions & OutputOptions & TenantOptions) => {
      await printFields(await ask(options, 'queues.show', { queue, tenant_id: options.tenant }), options.output);
    });
