// `npm run demo [-- --share 0.1]`: real data through a real broker to two queues each, while one of three competing
// workers fails now and then, another is killed with SIGKILL, and so is the broker. Exits with 1 when a message that was
// confirmed is neither worked on nor dead-lettered.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { palette } from '../../cmd/tachyon/output/palette.ts';
import { BrokerProcess } from '../../cmd/tachyon-bench/processes/broker-process.ts';
import { type Client, connect } from '../../pkg/client/index.ts';
import { Books, QUEUES, type QueueName } from './books.ts';
import { CrewMember } from './crew.ts';
import { loadSources, numberOf, type Source } from './data.ts';
import { Screen } from './screen.ts';
import { summarize } from './summary.ts';
import type { Report, WorkerJob } from './words.ts';

const pc = palette();

/** Publishes under way. */
const WINDOW = 4_096;
/** At these shares of the confirmed messages somebody is killed. */
const KILL_WORKER_AT = 0.35;
const KILL_BROKER_AT = 0.6;
/** Nothing has moved for so long: what is missing now will not come. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 50;
const DEAD_LETTER_PAGE = 100;

const { values } = parseArgs({ options: { share: { type: 'string', default: '1' } } });
const share = Number(values.share);
if (!(share > 0 && share <= 1))
  throw new RangeError(`--share is a part of the data above 0 and up to 1, not ${values.share}`);

class Demo {
  readonly #sources = loadSources(share);
  readonly #messages = this.#sources.reduce((sum, source) => sum + source.count, 0);
  readonly #books = new Books(this.#messages);
  readonly #confirmedOf = new Map<Source, number>(this.#sources.map((source) => [source, 0]));
  readonly #dataFolder: string;
  readonly #screen: Screen;
  #broker: BrokerProcess;
  #crew: CrewMember[] = [];
  #movedMs = performance.now();

  constructor(broker: BrokerProcess) {
    this.#broker = broker;
    this.#dataFolder = broker.dataFolder;
    this.#screen = new Screen(() => [
      ...this.#sources.map((source) => ({
        name: source.name,
        done: this.#confirmedOf.get(source) ?? 0,
        total: source.count,
      })),
      ...QUEUES.map((queue) => ({ name: `→ ${queue}`, done: this.#books.done(queue), total: this.#messages })),
    ]);
  }

  /** The messages that were lost. */
  async run(): Promise<number> {
    try {
      await this.#prepare();
      const client = await connect({
        router: this.#broker.router,
        pub: this.#broker.pub,
        name: 'demo',
        timeoutMs: 15_000,
      });
      const startedMs = performance.now();
      const killed = Promise.all([this.#killWorker(), this.#killBroker()]);
      for (const source of this.#sources) await this.#publishAll(client, source);
      await killed;
      await this.#settled();
      const seconds = (performance.now() - startedMs) / 1e3;
      await this.#collectDead();
      await client.close();
      this.#screen.end();
      const { text, lost } = summarize(this.#books, seconds);
      process.stdout.write(text);
      return lost;
    } finally {
      this.#screen.end();
      await Promise.all(this.#crew.map((member) => member.end()));
      await this.#broker.end('SIGKILL');
    }
  }

  async #prepare(): Promise<void> {
    const admin = await this.#broker.openAdmin();
    for (const queue of QUEUES) {
      const patterns = this.#sources.map((source) => source.pattern);
      await admin.request('queues.declare', { queue, patterns, actor: 'demo', reason: 'npm run demo' });
    }
    await admin.close();
    const { router, pub } = this.#broker;
    const hire = (name: string, queue: QueueName, clumsy: boolean): CrewMember =>
      new CrewMember(
        { router, pub, name, queue, clumsy },
        { report: (job, report) => this.#note(job, report), failed: crash },
      );
    this.#crew = [
      hire('archivist', 'archive', false),
      hire('worker-1', 'processing', false),
      hire('worker-2', 'processing', true),
      hire('worker-3', 'processing', false),
    ];
    await Promise.all(this.#crew.map((member) => member.ready()));
    this.#screen.say(
      `broker ready in ${this.#broker.ready.readyMs} ms, ${this.#crew.length} workers, ${pc.bold('worker-2')} fails now and then`,
    );
  }

  #publishAll(client: Client, source: Source): Promise<void> {
    return new Promise((resolve) => {
      let next = 0;
      let underWay = 0;
      const refill = (): void => {
        while (next < source.count && underWay < WINDOW) {
          const { number, id, topic, body } = source.message(next);
          next += 1;
          underWay += 1;
          this.#books.published += 1;
          client.publish(topic, body, { messageId: id, contentType: 'application/json' }).then(
            () => settle(number),
            () => settle(null),
          );
        }
      };
      const settle = (number: number | null): void => {
        underWay -= 1;
        this.#movedMs = performance.now();
        if (number === null) this.#books.refused += 1;
        else {
          this.#books.noteConfirmed(number);
          this.#confirmedOf.set(source, (this.#confirmedOf.get(source) ?? 0) + 1);
        }
        if (next === source.count && underWay === 0) resolve();
        else if (underWay <= WINDOW >>> 1) refill();
      };
      refill();
    });
  }

  #note({ queue }: WorkerJob, { worked, retryable, terminal }: Report): void {
    this.#movedMs = performance.now();
    for (const id of worked) {
      const number = numberOf(this.#sources, id);
      if (number !== null) this.#books.noteWorked(queue, number);
    }
    for (let left = retryable.length; left > 0; left -= 1) this.#books.noteRefusedByWorker(queue, false);
    for (let left = terminal.length; left > 0; left -= 1) this.#books.noteRefusedByWorker(queue, true);
  }

  async #killWorker(): Promise<void> {
    await until(() => this.#books.confirmed >= this.#messages * KILL_WORKER_AT);
    this.#crew.at(-1)?.kill();
    this.#screen.say(`${pc.yellow('SIGKILL')} to worker-3: the others get what it held`);
  }

  async #killBroker(): Promise<void> {
    await until(() => this.#books.confirmed >= this.#messages * KILL_BROKER_AT);
    const { router, pub } = this.#broker;
    await this.#broker.end('SIGKILL');
    this.#screen.say(`${pc.red('SIGKILL')} to the broker, with ${count(this.#books.confirmed)} messages confirmed`);
    this.#broker = await BrokerProcess.start({ dataFolder: this.#dataFolder, router, pub });
    const { readyMs, messages } = this.#broker.ready;
    this.#screen.say(
      `broker ready again after ${readyMs} ms, with ${count(messages)} waiting messages from its journal`,
    );
  }

  /** Both queues are empty but for dead letters, or nothing moves any more. */
  async #settled(): Promise<void> {
    const admin = await this.#broker.openAdmin();
    try {
      let left = Number.POSITIVE_INFINITY;
      while (left > 0 && performance.now() - this.#movedMs < PATIENCE_MS) {
        const { items } = (await admin.request('queues.list')) as { items: { depth: number }[] };
        left = items.reduce((sum, { depth }) => sum + depth, 0);
        if (left > 0) await pause();
      }
    } finally {
      await admin.close();
    }
  }

  async #collectDead(): Promise<void> {
    const admin = await this.#broker.openAdmin();
    let after: string | null = null;
    do {
      const args = { limit: DEAD_LETTER_PAGE, body_bytes: 0, ...(after === null ? {} : { after }) };
      const page = (await admin.request('dlq.list', args)) as {
        items: { queue: QueueName; message_id: string }[];
        next: string | null;
      };
      for (const { queue, message_id } of page.items) {
        const number = numberOf(this.#sources, message_id);
        if (number !== null) this.#books.noteDead(queue, number);
      }
      after = page.next;
    } while (after !== null);
    await admin.close();
  }
}

const count = (value: number): string => value.toLocaleString('en-US');
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause();
}

function crash(error: Error): void {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'tachyon-demo-'));
try {
  const demo = new Demo(await BrokerProcess.start({ dataFolder: folder }));
  process.exitCode = (await demo.run()) === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
