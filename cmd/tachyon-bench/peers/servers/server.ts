// A server of another system in a process of its own, on loopback and on a folder of its own: started, waited for until it
// takes connections, and gone with everything that it started when it is ended, or when this process is.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { usageOf } from '../../measure/process-usage.ts';
import type { Target } from '../work/words.ts';

export interface RunningServer {
  readonly target: Target;
  /** Of all its processes so far; null where that is not known. */
  cpuSeconds(): number | null;
  end(): Promise<void>;
}

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly port: number;
  readonly flavour?: string;
  /** Ends what outlives the processes of its group. */
  readonly afterwards?: () => void;
}

export const HOST = '127.0.0.1';
const READY_WITHIN_MS = 60_000;
const END_WITHIN_MS = 20_000;
const TRY_EVERY_MS = 20;
/** Lines kept to explain a server that ends before it is ready. */
const LINES_KEPT = 20;

/** Servers that run, each with what ends the rest of it. */
const running = new Map<ChildProcess, () => void>();

/** An interrupted race leaves no server behind. */
const endAll = (): void => {
  for (const [child, afterwards] of running) {
    signalGroup(child, 'SIGKILL');
    afterwards();
  }
};

export async function startServer(options: ServerCommand): Promise<RunningServer> {
  const { command, args, env = {}, port, flavour = '', afterwards = () => undefined } = options;
  // A group of its own: wrapper scripts and what they start end together.
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached: true,
  });
  // Before their folders are removed.
  if (running.size === 0) process.prependOnceListener('exit', endAll);
  running.set(child, afterwards);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream as Readable }).on('line', (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
    });
  }
  let end: string | null = null;
  const ended = new Promise<void>((resolve) => {
    const over = (how: string): void => {
      end = how;
      resolve();
    };
    child.once('error', (error) => over(error.message));
    child.once('exit', (code, signal) => over(`it ended with ${signal ?? code}`));
  });
  const stop = async (): Promise<void> => {
    if (end === null) signalGroup(child, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), END_WITHIN_MS);
    await ended;
    clearTimeout(timer);
    signalGroup(child, 'SIGKILL');
    afterwards();
    running.delete(child);
    if (running.size === 0) process.off('exit', endAll);
  };
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while (!(await takesConnections(port))) {
    if (end === null && performance.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
      continue;
    }
    await stop();
    throw new Error(`${command} did not come up: ${end ?? 'out of time'}\n${lines.join('\n')}`);
  }
  return {
    target: { host: HOST, port, router: '', pub: '', flavour },
    cpuSeconds: () => cpuSecondsOfGroup(child.pid ?? Number.NaN),
    end: stop,
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a port has no number');
  return address.port;
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  const taken = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  return taken;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

/** Linux only: elsewhere nobody tells which processes belong to a group. */
function cpuSecondsOfGroup(group: number): number | null {
  try {
    const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && groupOf(name) === group);
    return processes.reduce((sum, pid) => sum + (usageOf(Number(pid))?.cpuSeconds ?? 0), 0);
  } catch {
    return null;
  }
}

function groupOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name in brackets: state, parent, group.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return Number.NaN; // it has ended meanwhile
  }
}
