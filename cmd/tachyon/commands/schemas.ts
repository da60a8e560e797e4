// `tachyon schemas …`: JSON Schemas that routes may name.

import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { isObject } from '../../../pkg/protocol/json.ts';
import { ask, listOf } from '../admin.ts';
import { UsageError } from '../output/failure.ts';
import { printFields } from '../output/fields.ts';
import { print } from '../output/print.ts';
import { printRows } from '../output/table.ts';
import {
  type ActorOptions,
  addActorOptions,
  type BrokerOptions,
  dataDirOption,
  type OutputOptions,
  outputOption,
} from './options.ts';

type Options = BrokerOptions & OutputOptions;

const COLUMNS = ['name', 'characters', 'routes', 'added_at'].map((name) => ({ name }));

const plain = (name: string, description: string): Command =>
  new Command(name).description(description).addOption(outputOption()).addOption(dataDirOption());

const add = (): Command =>
  addActorOptions(
    plain('add', 'Registers a JSON Schema (draft 2020-12), or changes one that no route names.')
      .argument('<name>')
      .argument('<file>', 'JSON.'),
  ).action(async (name: string, file: string, options: Options & ActorOptions) => {
    const { actor, reason, output } = options;
    const schema = await readFile(file, 'utf8').catch((error: Error) => {
      throw new UsageError(`${file}: ${error.message}`);
    });
    await printFields(await ask(options, 'schemas.add', { name, schema, actor, reason }), output);
  });

const list = (): Command =>
  plain('list', 'Lists the schemas, and how many routes name each.').action(async (options: Options) => {
    const rows = await listOf(options, 'schemas.list');
    await printRows(rows, { output: options.output, columns: COLUMNS, nothing: 'no schemas' });
  });

const show = (): Command =>
  plain('show', 'Shows a schema as it was given.')
    .argument('<name>')
    .action(async (name: string, options: Options) => {
      const answer = await ask(options, 'schemas.show', { name });
      if (options.output !== 'table' || !isObject(answer)) return printFields(answer, options.output);
      const { schema, ...about } = answer;
      await printFields(about, options.output);
      await print(`\n${String(schema).trimEnd()}\n`);
    });

const remove = (): Command =>
  addActorOptions(plain('remove', 'Removes a schema that no route names.').argument('<name>')).action(
    async (name: string, options: Options & ActorOptions) => {
      const { actor, reason, output } = options;
      await printFields(await ask(options, 'schemas.remove', { name, actor, reason }), output);
    },
  );

export const schemasCommand = (): Command =>
  new Command('schemas')
    .description('JSON Schemas: what routes may ask of the bodies that they lead on.')
    .addCommand(list())
    .addCommand(show())
    .addCommand(add())
    .addCommand(remove());
