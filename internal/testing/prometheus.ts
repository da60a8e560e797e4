// Prometheus and its tool, where the system's package is installed, and a real server that scrapes one broker.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

const SERVER = 'prometheus';
const TOOL = 'promtool';

/** False: then the tests that need it are skipped, and `npm test` says so. */
export const hasPrometheus = (): boolean =>
  [SERVER, TOOL].every((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0);

/** What promtool says, with its exit code. */
export function promtool(args: readonly string[], input = ''): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(TOOL, args, { input, encoding: 'utf8' });
  return { code: status, said: `${stdout}${stderr}` };
}

export class Prometheus {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tachyon-prometheus-'));
  readonly #address: string;
  readonly #process: ChildProcess;
  #said = '';

  private constructor(port: number, config: string, files: Readonly<Record<string, string>>) {
    this.#address = `127.0.0.1:${port}`;
    for (const [name, text] of Object.entries({ ...files, 'prometheus.yml': config })) {
      writeFileSync(join(this.#folder, name), text);
    }
    this.#process = spawn(
      SERVER,
      [
        `--config.file=${join(this.#folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(this.#folder, 'data')}`,
        `--web.listen-address=${this.#address}`,
      ],
      { cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
  }

  /** Over a configuration and the files beside it, which it names. */
  static async start(config: string, files: Readonly<Record<string, string>>): Promise<Prometheus> {
    const prometheus = new Prometheus(await freePort(), config, files);
    await eventually('Prometheus is ready', async () => (await prometheus.#get('/-/ready')).ok, { everyMs: 50 });
    return prometheus;
  }

  /** The results of an instant query; throws what Prometheus says of a bad one. */
  async query(expression: string): Promise<readonly { metric: Record<string, string>; value: [number, string] }[]> {
    const response = await this.#get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
    const answer = (await response.json()) as {
      readonly error?: string;
      readonly data?: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (answer.data === undefined) throw new Error(`${expression}: ${answer.error}`);
    return answer.data.result;
  }

  /** Each rule with the state of its last evaluation. */
  async rules(): Promise<readonly { readonly name: string; readonly health: string; readonly state: string }[]> {
    const answer = (await (await this.#get('/api/v1/rules')).json()) as {
      readonly data: { readonly groups: readonly { readonly rules: readonly never[] }[] };
    };
    return answer.data.groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #get(path: string): Promise<Response> {
    if (this.#process.exitCode !== null) throw new Error(`Prometheus ended: ${this.#said}`);
    return fetch(`http://${this.#address}${path}`);
  }
}
