// Races of real processes for a folder lock, counted: used by the lock's test and, with larger numbers, as evidence.
// Each function gives tallies and judges nothing.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FromContender, ToContender } from './messages.ts';

const CONTENDER = join(import.meta.dirname, 'contender.ts');
/** Long enough for both messages to arrive before the start. */
const LEAD_MS = 5;

export interface RaceTally {
  readonly races: number;
  readonly oneWinner: number;
  /** Refusals that named the pid of the process that won. */
  readonly refusedByTheWinner: number;
  /** What happened in the others, in words. */
  readonly wrong: readonly string[];
}

export interface ChurnTally {
  readonly kills: number;
  readonly entered: number;
  /** Entered after a process was killed inside: stale locks taken over. */
  readonly afterKill: number;
  readonly overlaps: number;
}

/** Two processes, one folder that nobody holds: a new folder each time, or one whose lock was given back. */
export async function raceForFree(races: number, folderOf: (race: number) => string): Promise<RaceTally> {
  const pair = await Promise.all([Contender.start(), Contender.start()]);
  const tally = new Tally();
  for (let race = 0; race < races; race += 1) await tally.add(pair, folderOf(race));
  for (const contender of pair) await contender.kill();
  return tally.result();
}

/** A holder is killed with SIGKILL, then two processes race for the lock that it left. */
export async function raceForStale(races: number, folder: string): Promise<RaceTally> {
  const pair = await Promise.all([Contender.start(), Contender.start()]);
  const tally = new Tally();
  for (let race = 0; race < races; race += 1) {
    const holder = await Contender.start();
    const first = await holder.acquire(folder, 0);
    await holder.kill();
    if (first.type === 'won') await tally.add(pair, folder);
    else tally.fail(`a folder that was given back was refused: ${JSON.stringify(first)}`);
  }
  for (const contender of pair) await contender.kill();
  return tally.result();
}

/** Several processes take and give back one lock as fast as they can, while one after the other is killed. */
export async function churn(kills: number, processes: number, folder: string): Promise<ChurnTally> {
  const tally = { kills, entered: 0, afterKill: 0, overlaps: 0 };
  const killed = new Set<number>();
  const start = async (): Promise<Contender> => {
    const contender = await Contender.start();
    contender.onMessage((message) => {
      if (message.type !== 'entered') return;
      tally.entered += 1;
      if (message.found !== null && killed.has(message.found)) tally.afterKill += 1;
      else if (message.found !== null) tally.overlaps += 1;
    });
    contender.send({ type: 'churn', folder });
    return contender;
  };
  const running = await Promise.all(Array.from({ length: processes }, start));
  for (let kill = 0; kill < kills; kill += 1) {
    const victim = running.shift() as Contender;
    killed.add(victim.pid);
    await victim.kill();
    running.push(await start());
  }
  for (const contender of running) {
    killed.add(contender.pid);
    await contender.kill();
  }
  return tally;
}

class Tally {
  #races = 0;
  #oneWinner = 0;
  #refusedByTheWinner = 0;
  readonly #wrong: string[] = [];

  async add(contenders: readonly Contender[], folder: string): Promise<void> {
    const atMs = Date.now() + LEAD_MS;
    const answers = await Promise.all(contenders.map((contender) => contender.acquire(folder, atMs)));
    const winners = contenders.filter((_contender, index) => answers[index]?.type === 'won');
    this.#races += 1;
    const refused = answers.find((answer) => answer.type === 'refused');
    if (winners.length === 1) this.#oneWinner += 1;
    else this.#wrong.push(JSON.stringify(answers));
    if (refused?.message.includes(`DATA_DIR_LOCKED: ${folder}: pid ${winners[0]?.pid} `)) this.#refusedByTheWinner += 1;
    for (const winner of winners) await winner.release();
  }

  fail(what: string): void {
    this.#races += 1;
    this.#wrong.push(what);
  }

  result(): RaceTally {
    return {
      races: this.#races,
      oneWinner: this.#oneWinner,
      refusedByTheWinner: this.#refusedByTheWinner,
      wrong: this.#wrong,
    };
  }
}

export class Contender {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Contender> {
    const contender = new Contender(fork(CONTENDER, { execArgv: ['--import', 'tsx'] }));
    await contender.#answer();
    return contender;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  onMessage(listener: (message: FromContender) => void): void {
    this.#child.on('message', listener);
  }

  send(message: ToContender): void {
    this.#child.send(message);
  }

  async acquire(folder: string, atMs: number): Promise<FromContender> {
    this.send({ type: 'acquire', folder, atMs });
    return this.#answer();
  }

  async release(): Promise<void> {
    this.send({ type: 'release' });
    await this.#answer();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGKILL, and waits until the process is gone. */
  async kill(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  async #answer(): Promise<FromContender> {
    const [message] = (await once(this.#child, 'message')) as [FromContender];
    return message;
  }
}
