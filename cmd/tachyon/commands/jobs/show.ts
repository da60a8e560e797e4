// `tachyon jobs show <job>`: how far it is; with --follow until it ends. Progress is said to people, the job as it ended
// is the data.

import { Command } from 'commander';
import type { AdminClient } from '../../../../pkg/client/admin.ts';
import { isObject, type JsonObject } from '../../../../pkg/protocol/json.ts';
import { withAdmin } from '../../admin.ts';
import { EXIT } from '../../exit-codes.ts';
import { duration } from '../../output/cell.ts';
import { printFields } from '../../output/fields.ts';
import { tell } from '../../output/print.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption, whole } from '../options.ts';

interface Options extends BrokerOptions, OutputOptions {
  readonly follow: boolean;
}

const LOOK_MS = 500;

export const showCommand = (): Command =>
  new Command('show')
    .description('Shows a job. With --follow it ends with 0 only if the job did all that it was asked.')
    .argument('<job>', 'its number', whole)
    .option('-f, --follow', 'Tell its progress until it ends.', false)
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (number: number, options: Options) => {
      const { follow, output } = options;
      const job = await withAdmin(options, (admin) => (follow ? followed(admin, number) : looked(admin, number)));
      await printFields(job, output);
      if (follow && (job['state'] !== 'done' || job['failed'] !== 0)) process.exitCode = EXIT.failed;
    });

async function looked(admin: AdminClient, job: number): Promise<JsonObject> {
  const answer = await admin.request('jobs.show', { job });
  return isObject(answer) ? answer : {};
}

async function followed(admin: AdminClient, number: number): Promise<JsonObject> {
  let told = '';
  for (;;) {
    const job = await looked(admin, number);
    const progress = progressOf(job, Date.now());
    if (progress !== told) tell(progress);
    told = progress;
    if (job['state'] !== 'running') return job;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** The time that is left follows from the pace so far. */
function progressOf(job: JsonObject, nowMs: number): string {
  const [total, done, failed] = [count(job, 'total'), count(job, 'done'), count(job, 'failed')];
  const settled = done + failed;
  const tookMs = nowMs - Date.parse(String(job['started_at']));
  const left = settled > 0 && settled < total ? (tookMs * (total - settled)) / settled : null;
  const words = [
    `job ${String(job['job'])} ${String(job['state'])}`,
    `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} done`,
    `${failed.toLocaleString('en-US')} failed`,
  ];
  if (job['state'] === 'running' && left !== null) words.push(`about ${duration(Math.round(left))} left`);
  return words.join(', ');
}

const count = (job: JsonObject, name: string): number => {
  const value = job[name];
  return typeof value === 'number' ? value : 0;
};
