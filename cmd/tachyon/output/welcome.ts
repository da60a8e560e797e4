// What `tachyon up` says once its broker is ready: where it is, and three things to try that work as printed.

import { relative, resolve } from 'node:path';
import pc from 'picocolors';
import { DEFAULT_DATA_FOLDER } from '../../../internal/app/config/data-folder.ts';
import type { Ready } from '../process/supervised.ts';
import { shellWord } from './shell-word.ts';

export interface WelcomeOptions {
  readonly cwd: string;
  readonly color: boolean;
  /** How the command is called from the folder at hand. */
  readonly tachyon: string;
}

export function welcome({ endpoints, dataFolder }: Ready, { cwd, color, tachyon }: WelcomeOptions): string {
  const { bold, dim, green } = pc.createColors(color);
  const shown = relative(cwd, dataFolder) || '.';
  const folder = shown.startsWith('..') ? dataFolder : shown;
  const where = dataFolder === resolve(cwd, DEFAULT_DATA_FOLDER) ? '' : ` --data-dir ${shellWord(folder)}`;
  const row = (name: string, value: string): string => `  ${dim(name.padEnd(9))} ${value}`;
  const lines = ['', `  ${green('●')} ${bold('Tachyon is running.')} ${dim('Stop it with Ctrl-C.')}`, ''];
  if (endpoints.router !== null) lines.push(row('ROUTER', `${endpoints.router}  ${dim('publish, consume')}`));
  if (endpoints.pub !== null) lines.push(row('PUB', `${endpoints.pub}  ${dim('fanout')}`));
  lines.push(row('data', dataFolder));
  if (endpoints.router !== null) lines.push('', ...thingsToTry(`${tachyon}`, where, endpoints.router, { bold, dim }));
  return `${lines.join('\n')}\n\n`;
}

interface Styles {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

function thingsToTry(tachyon: string, where: string, router: string, { bold, dim }: Styles): string[] {
  return [
    `  ${bold('Try it')} ${dim('in another terminal, in this folder:')}`,
    '',
    `  ${dim('1  make a queue, and publish to it')}`,
    `     ${tachyon} queues declare orders --bind 'orders.>'${where}`,
    `     ${tachyon} pub orders.created '{"number":1}'${where}`,
    '',
    `  ${dim('2  publish from Python (pip install pyzmq)')}`,
    `     ${pythonProducer(router)}`,
    '',
    `  ${dim('3  take both messages')}`,
    `     ${tachyon} consume --queue orders -n 2${where}`,
  ];
}

/** A REQ gets exactly one answer: the confirm. */
const pythonProducer = (router: string): string =>
  `python3 -c 'import zmq; s = zmq.Context().socket(zmq.REQ); s.connect("${router}"); ` +
  `s.send_multipart([b"orders.created", b"hello from Python"]); print(s.recv_multipart()[1].decode())'`;
