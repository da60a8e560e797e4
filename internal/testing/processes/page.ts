// A broker, a gateway and the page in a real Chromium. What the page does that it never may (a script of somebody else's, a
// dialog, a message of failure on the console, a request to elsewhere) is written down for the tests to look at.

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { ask, jsonOf } from '../../../api-gateway/testing/http.ts';
import { eventually } from '../eventually.ts';
import { type Finished, type Running, Tachyon } from './tachyon.ts';

export const ADMIN_TOKEN = 'the-token-of-the-test';
export const DESKTOP = { width: 1360, height: 900 };
export const PHONE = { width: 390, height: 844 };

type Fields = Readonly<Record<string, unknown>>;

export class PageFixture {
  readonly tachyon = new Tachyon();
  readonly offences: string[] = [];
  url = '';
  #broker: Running | null = null;
  #browser: Browser | null = null;
  #contexts: BrowserContext[] = [];

  async start(executablePath: string | null): Promise<void> {
    this.#broker = (await this.tachyon.readyBroker()).broker;
    const env = { ADMIN_TOKEN, GATEWAY_PORT: '0', GATEWAY_REQUESTS_PER_SECOND: '100000' };
    const gateway = this.tachyon.start(['gateway', '--data-dir', this.tachyon.dataFolder], { env });
    this.url = await gateway.until(
      'its address',
      ({ log }) => log.find(({ msg }) => msg === 'ready')?.['gateway'] as string | undefined,
    );
    if (executablePath !== null) this.#browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.tachyon.remove();
  }

  /** A tab of its own, with its own storage. */
  async open(viewport = DESKTOP, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    if (this.#browser === null) throw new Error('no browser was started');
    const context = await this.#browser.newContext({ viewport, colorScheme });
    this.#contexts.push(context);
    const page = await context.newPage();
    page.on('console', (message) => {
      // A status that is no success is told by the browser too; the page tells it in words.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.offences.push(message.text());
      }
    });
    page.on('pageerror', (error) => this.offences.push(String(error)));
    page.on('dialog', (dialog) => {
      this.offences.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`${this.url}/`)) this.offences.push(`request to ${request.url()}`);
    });
    await page.goto(this.url);
    return page;
  }

  /** The same, signed in, at a view. */
  async enter(view = '', viewport = DESKTOP, token = ADMIN_TOKEN): Promise<Page> {
    const page = await this.open(viewport);
    await signIn(page, token);
    await this.show(page, view);
    return page;
  }

  async show(page: Page, view: string): Promise<void> {
    await page.goto(`${this.url}/#/${view}`);
    await page.locator('h1').waitFor();
  }

  async closeTabs(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
  }

  async call(method: string, path: string, body?: object): Promise<Fields> {
    const headers = { 'x-admin-token': ADMIN_TOKEN };
    const answer = await ask(`${this.url}/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return jsonOf(answer);
  }

  /** Publishes the messages and lets a consumer of the queue refuse each of them for good. */
  async died(queue: string, messages: readonly object[], reason: string): Promise<void> {
    await this.call('PUT', `/queues/${queue}`, { patterns: [`${queue}.>`] });
    const before = (await this.call('GET', `/queues/${queue}`))['dead_letters'] as number;
    for (let at = 0; at < messages.length; at += 100) {
      await Promise.all(messages.slice(at, at + 100).map((message) => this.call('POST', '/publish', message)));
    }
    const consumer = `/consumers/${queue}-worker`;
    for (let left = messages.length; left > 0; ) {
      const fetched = await this.call('POST', `${consumer}/fetch`, { queue, count: 100, wait_ms: 2_000 });
      const deliveryIds = (fetched['items'] as Fields[]).map((item) => item['delivery_id']);
      await this.call('POST', `${consumer}/nack`, { delivery_ids: deliveryIds, status: 'terminal', reason });
      left -= deliveryIds.length;
    }
    await this.call('DELETE', consumer);
    await eventually('the dead letters', async () => {
      return (await this.call('GET', `/queues/${queue}`))['dead_letters'] === before + messages.length;
    });
  }

  async addToken(name: string, role: string): Promise<string> {
    const { stdout } = await this.#tokens('add', name, '--role', role);
    return stdout.trim();
  }

  async removeToken(name: string): Promise<void> {
    await this.#tokens('remove', name);
  }

  async #tokens(...words: readonly string[]): Promise<Finished> {
    const finished = await this.tachyon.run(['gateway', 'tokens', ...words, '--data-dir', this.tachyon.dataFolder]);
    if (finished.code !== 0) throw new Error(finished.stderr);
    return finished;
  }

  async stopBroker(): Promise<void> {
    await this.#broker?.kill('SIGTERM');
  }
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Views' }).waitFor();
}
