// What operators order on the page, in a real Chromium over a real broker: each order happens, with who and why on record,
// and none before it was said why and, where messages go away for good, before the word was typed.

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../internal/testing/chromium.ts';
import { eventually } from '../internal/testing/eventually.ts';
import { PageFixture, PHONE } from '../internal/testing/processes/page.ts';

const executablePath = chromiumPath();
const fixture = new PageFixture();

interface Event {
  readonly operation: string;
  readonly actor: string;
  readonly requested_reason: string;
}

describe.skipIf(executablePath === null)('orders on the page', () => {
  beforeAll(() => fixture.start(executablePath));
  afterAll(() => fixture.stop());
  afterEach(async () => {
    await fixture.closeTabs();
    expect(fixture.offences).toEqual([]);
  });

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });
  const queueOf = (name: string) => fixture.call('GET', `/queues/${name}`);
  const publish = (topic: string, id: string) => fixture.call('POST', '/publish', { topic, body: 'x', message_id: id });

  /** Fills the dialog in and sends it; it is gone when that was accepted. */
  async function order(page: Page, verb: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const dialog = page.getByRole('dialog');
    for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(new RegExp(`^${label}`)).fill(value);
    await dialog.getByLabel('Who asks').fill('olivia');
    expect(await dialog.getByRole('button', { name: verb, exact: true }).isDisabled()).toBe(true);
    await dialog.getByLabel('Why', { exact: true }).fill(`to test ${verb}`);
    await dialog.getByRole('button', { name: verb, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  async function expectOnRecord(operation: string, verb: string): Promise<void> {
    const { items } = await fixture.call('GET', `/audit/events?operation=${operation}`);
    expect((items as Event[]).at(-1)).toMatchObject({ actor: 'olivia', requested_reason: `to test ${verb}` });
  }

  async function declared(queue: string, messages = 0): Promise<void> {
    await fixture.call('PUT', `/queues/${queue}`, { patterns: [`${queue}.>`] });
    for (let n = 1; n <= messages; n++) await publish(`${queue}.x`, `${queue}-${n}`);
  }

  it('declare a queue with its topics and policy, and bind further ones', async () => {
    const page = await fixture.enter('queues');
    await button(page, 'Declare…').click();
    await order(page, 'Declare', { Queue: 'billing', Topics: 'orders.>\n\n refunds.*', Attempts: '7' });
    await page.getByRole('heading', { name: 'Queue billing' }).waitFor();
    expect(await queueOf('billing')).toMatchObject({
      patterns: ['orders.>', 'refunds.*'],
      policy: { attempts_max: 7 },
    });
    await expectOnRecord('declare_queue', 'Declare');
    await button(page, 'Bind…').click();
    await order(page, 'Bind', { Topics: 'late.>' });
    await row(page, 'late.>').waitFor();
    await expectOnRecord('bind_queue', 'Bind');
  });

  it('are refused in the broker’s own words, and can be mended', async () => {
    const page = await fixture.enter('queues');
    await button(page, 'Declare…').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Queue', { exact: true }).fill('odd');
    await dialog.getByLabel('Topics').fill('a..b');
    await dialog.getByLabel('Why', { exact: true }).fill('a mistake');
    await button(page, 'Declare').click();
    await dialog.getByRole('alert').filter({ hasText: 'INVALID_PATTERN' }).waitFor();
    await dialog.getByLabel('Topics').fill('a.b');
    await button(page, 'Declare').click();
    await page.getByRole('heading', { name: 'Queue odd' }).waitFor();
  });

  it('pause, drain and resume a queue, which shows how it stands', async () => {
    await declared('held', 2);
    const page = await fixture.enter('queues/one?queue=held');
    const now = page.locator('.lag');
    await button(page, 'Pause…').click();
    await order(page, 'Pause', {});
    await now.filter({ hasText: 'Somebody paused it.' }).waitFor();
    await button(page, 'Drain…').click();
    await order(page, 'Drain', {});
    await now.filter({ hasText: 'paused' }).filter({ hasText: 'draining' }).waitFor();
    await expect(publish('held.x', 'late')).rejects.toThrow('QUEUE_DRAINING');
    expect(await queueOf('held')).toMatchObject({ paused: true, draining: true });
    await page.goto(`${fixture.url}/#/queues`);
    await row(page, 'held').filter({ hasText: 'paused' }).filter({ hasText: 'draining' }).waitFor();
    await fixture.show(page, 'queues/one?queue=held');
    await button(page, 'Resume…').click();
    await order(page, 'Resume', {});
    await now.filter({ hasText: 'no consumers' }).waitFor();
    await publish('held.x', 'welcome');
    await eventually('it takes messages again', async () => (await queueOf('held'))['depth'] === 3);
    expect(await queueOf('held')).toMatchObject({ paused: false, draining: false });
    await expectOnRecord('pause_queue', 'Pause');
    await expectOnRecord('drain_queue', 'Drain');
    await expectOnRecord('resume_queue', 'Resume');
  });

  it('stand beside what they are about: a queue whose consumer holds a message, and who holds it', async () => {
    await declared('busy', 1);
    await fixture.call('POST', '/consumers/worker-9/fetch', { queue: 'busy', count: 1, wait_ms: 2_000 });
    const page = await fixture.enter('queues/one?queue=busy');
    await row(page, 'worker-9').filter({ hasText: 'live' }).waitFor();
    await page.getByText('Consumers hold everything that can be handed out.').waitFor();
    await fixture.show(page, 'search?id=busy-1');
    await row(page, 'busy-1').filter({ hasText: 'leased' }).filter({ hasText: 'with worker-9 until' }).waitFor();
    await publish('busy.x', 'busy-2');
    await fixture.call('POST', '/queues/busy/pause', { reason: 'to see why' });
    await fixture.show(page, 'search?id=busy-2');
    await row(page, 'busy-2').filter({ hasText: 'ready' }).filter({ hasText: 'an operator paused it' }).waitFor();
    await fixture.call('DELETE', '/consumers/worker-9');
  });

  it('purge a queue only after PURGE was typed, and tell how much went', async () => {
    await declared('spam', 3);
    const page = await fixture.enter('queues/one?queue=spam', PHONE);
    await button(page, 'Purge…').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('3 messages', { exact: true }).waitFor();
    const purge = dialog.getByRole('button', { name: 'Purge', exact: true });
    await dialog.getByLabel('Why', { exact: true }).fill('spam');
    await dialog.getByLabel(/to confirm/).fill('purge');
    expect(await purge.isDisabled()).toBe(true);
    expect((await queueOf('spam'))['depth']).toBe(3);
    await dialog.getByLabel(/to confirm/).fill('PURGE');
    await purge.click();
    await dialog.getByText('3 messages thrown away.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('No message is in this queue.').waitFor();
    expect((await queueOf('spam'))['depth']).toBe(0);
  });

  it('delete a queue that is empty, and one that is not only with the word', async () => {
    await declared('old', 2);
    const page = await fixture.enter('queues/one?queue=old');
    await button(page, 'Delete…').click();
    const dialog = page.getByRole('dialog');
    const remove = dialog.getByRole('button', { name: 'Delete', exact: true });
    await dialog.getByLabel('Why', { exact: true }).fill('nobody needs it');
    await remove.click();
    await dialog.getByRole('alert').filter({ hasText: 'QUEUE_NOT_EMPTY' }).waitFor();
    await dialog.getByLabel(/^Also with messages/).check();
    expect(await remove.isDisabled()).toBe(true);
    await dialog.getByLabel(/to confirm/).fill('PURGE');
    await remove.click();
    await page.getByRole('heading', { name: 'Queues' }).waitFor();
    await page.getByRole('link', { name: 'held', exact: true }).waitFor();
    expect(await page.getByRole('link', { name: 'old', exact: true }).count()).toBe(0);
    await expect(queueOf('old')).rejects.toThrow('QUEUE_NOT_FOUND');
  });

  it('add and remove routes, the one of fanout without that to a queue', async () => {
    await declared('news');
    const page = await fixture.enter('routes');
    await button(page, 'Add…').click();
    await page.getByRole('dialog').getByLabel('Type').selectOption('fanout');
    await order(page, 'Add', { Pattern: 'news.>' });
    const fanout = row(page, 'news.>').filter({ hasText: 'fanout' });
    await fanout.waitFor();
    await expectOnRecord('add_route', 'Add');
    await fanout.getByRole('button', { name: 'Remove…' }).click();
    await order(page, 'Remove', {});
    await fanout.waitFor({ state: 'detached' });
    expect(await row(page, 'news.>').count()).toBe(1);
    await expectOnRecord('remove_route', 'Remove');
  });

  it('make a dead letter by hand, body and all', async () => {
    const page = await fixture.enter('dead-letters');
    await button(page, 'By hand…').click();
    const body = 'naïve \u{1f4a5}';
    await order(page, 'Dead-letter', {
      'Message id': 'msg-123',
      Topic: 'orders.created',
      Consumer: 'worker-1',
      'Body, as text': body,
    });
    await page.getByRole('heading', { name: 'Dead letter msg-123' }).waitFor();
    const letter = await fixture.call('GET', '/dlq/records/msg-123');
    expect(letter).toMatchObject({ consumer_id: 'worker-1', topic: 'orders.created', queue: 'worker-1' });
    expect(Buffer.from(String(letter['payload']), 'base64').toString()).toBe(body);
  });

  it('are offered by the role: a viewer gets none, an operator none that throws away', async () => {
    await declared('roles');
    const enabled = async (page: Page, names: readonly string[]) =>
      Promise.all(names.map(async (name) => (await button(page, name).isDisabled()) === false));
    const names = ['Pause…', 'Drain…', 'Bind…', 'Purge…', 'Delete…'];
    for (const [role, expected] of [
      ['viewer', [false, false, false, false, false]],
      ['operator', [true, true, true, false, false]],
    ] as const) {
      const token = await fixture.addToken(`a-${role}`, role);
      const page = await fixture.enter('queues/one?queue=roles', undefined, token);
      await button(page, 'Pause…').waitFor();
      expect([role, await enabled(page, names)]).toEqual([role, expected]);
    }
  });

  it('can be given with the keyboard alone', async () => {
    await declared('keys');
    const page = await fixture.enter('queues/one?queue=keys');
    await button(page, 'Pause…').focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    const focused = () => page.evaluate('document.activeElement.name ?? ""');
    for (let presses = 0; presses < 10 && (await focused()) !== 'reason'; presses++) await page.keyboard.press('Tab');
    await page.keyboard.type('by keyboard');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await eventually('it is paused', async () => (await queueOf('keys'))['paused'] === true);
    await eventually('the focus stays on the page', async () =>
      page.evaluate('document.activeElement !== null && document.querySelector("dialog") === null'),
    );
  });
});
