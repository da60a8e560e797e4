// What `tachyon up` says once its broker is ready: where it is, where the gateway and its token are, and three things to
// try that work as printed.

import { relative, resolve } from 'node:path';
import pc from 'picocolors';
import { DEFAULT_DATA_FOLDER } from '../../../internal/app/config/data-folder.ts';
import { shellWord } from '../../../pkg/protocol/shell-word.ts';
import type { GatewayReady, Ready } from '../process/supervised.ts';

export type GatewayPlace = GatewayReady | 'not running';

export interface WelcomeOptions {
  readonly cwd: string;
  readonly color: boolean;
  /** Of the process that keeps the others running. */
  readonly pid: number;
  /** How the command is called from the folder at hand. */
  readonly tachyon: string;
  /** Null: none was asked for. */
  readonly gateway: GatewayPlace | null;
}

export function welcome(
  { endpoints, dataFolder }: Ready,
  { cwd, color, pid, tachyon, gateway }: WelcomeOptions,
): string {
  const { bold, dim, green } = pc.createColors(color);
  const shown = relative(cwd, dataFolder) || '.';
  const folder = shown.startsWith('..') ? dataFolder : shown;
  const where = dataFolder === resolve(cwd, DEFAULT_DATA_FOLDER) ? '' : ` --data-dir ${shellWord(folder)}`;
  const row = (name: string, value: string): string => `  ${dim(name.padEnd(9))} ${value}`;
  const lines = ['', `  ${green('●')} ${bold('Tachyon is running.')} ${dim('Stop it with Ctrl-C.')}`, ''];
  if (endpoints.router !== null) lines.push(row('ROUTER', `${endpoints.router}  ${dim('publish, consume')}`));
  if (endpoints.pub !== null) lines.push(row('PUB', `${endpoints.pub}  ${dim('fanout')}`));
  for (const [name, value] of gatewayRows(gateway, dim)) lines.push(row(name, value));
  lines.push(row('data', dataFolder));
  lines.push(row('pid', `${pid}  ${dim(`from elsewhere stop it with: kill -TERM ${pid}`)}`));
  if (endpoints.router !== null) lines.push('', ...thingsToTry(`${tachyon}`, where, endpoints.router, { bold, dim }));
  return `${lines.join('\n')}\n\n`;
}

function gatewayRows(gateway: GatewayPlace | null, dim: (text: string) => string): [string, string][] {
  if (gateway === null) return [];
  if (gateway === 'not running') return [['gateway', `is not running ${dim('the reason is said above')}`]];
  const { url, tokenPath } = gateway;
  const token = tokenPath === null ? 'ADMIN_TOKEN, or a named one' : tokenPath;
  return [
    ['gateway', `${url}  ${dim('REST, described at /docs')}`],
    ['token', `${token}  ${dim('send it as X-Admin-Token')}`],
  ];
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
