// `tachyon dlq inspect --id <id>`: one record whole, with every attempt.

import { Command } from 'commander';
import { isObject, type JsonObject } from '../../../../pkg/protocol/json.ts';
import { ask, PATIENCE_MS } from '../../admin.ts';
import { safe } from '../../output/cell.ts';
import { printFields } from '../../output/fields.ts';
import { palette } from '../../output/palette.ts';
import { bodyText } from '../../output/payload.ts';
import { print } from '../../output/print.ts';
import { type BrokerOptions, dataDirOption, earlierOutputOption, type OutputOptions, whole } from '../options.ts';

interface Options extends BrokerOptions, OutputOptions {
  readonly id: string;
  readonly queue?: string;
  readonly tenant?: string;
  readonly sequence?: number;
  readonly bodyBytes?: number;
}

export const inspectCommand = (): Command =>
  new Command('inspect')
    .description('Shows one dead letter: what it was, what became of each attempt, and its body.')
    .requiredOption('--id <id>', 'Its message id.')
    .option('--queue <queue>', 'The one in this queue, where several have the id.')
    .option('--sequence <number>', 'The one with this number in its queue.', whole)
    .option('--tenant <name>', 'The one of this tenant.')
    .option('--body-bytes <bytes>', 'How much of the body (default: as much as an answer holds).', whole)
    .addOption(earlierOutputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const { id, queue, tenant, sequence, bodyBytes, output } = options;
      const args = {
        id,
        ...(queue === undefined ? {} : { queue }),
        ...(tenant === undefined ? {} : { tenant_id: tenant }),
        ...(sequence === undefined ? {} : { sequence }),
        ...(bodyBytes === undefined ? {} : { body_bytes: bodyBytes }),
      };
      const record = await ask(options, 'dlq.inspect', args, { timeoutMs: PATIENCE_MS });
      if (output !== 'table' || !isObject(record)) return printFields(record, output);
      const { payload: _, ...fields } = record;
      await printFields(fields, output);
      await print(bodyOf(record));
    });

/** Line by line, so that it reads as it was written and still drives no terminal. */
function bodyOf(record: JsonObject): string {
  const lines = bodyText(record).split('\n').map(safe);
  return `\n${palette().bold('body')}\n${lines.join('\n')}\n${record['truncated'] === true ? '…\n' : ''}`;
}
