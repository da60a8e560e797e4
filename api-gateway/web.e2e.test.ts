// The page in a real Chromium, over a real broker and gateway: what operators look at is true, and what they order happens
// only after they restated it. That nothing a producer sends can run or deceive is proved in web-hostile.e2e.test.ts.

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../internal/testing/chromium.ts';
import { eventually } from '../internal/testing/eventually.ts';
import { ADMIN_TOKEN, PageFixture, signIn } from '../internal/testing/processes/page.ts';
import { ask } from './testing/http.ts';

const executablePath = chromiumPath();
const fixture = new PageFixture();

beforeAll(() => fixture.start(executablePath));
afterAll(() => fixture.stop());

describe('the files of the page', () => {
  it('come with their types and a policy under which nothing else can run, and are told to be the same as before', async () => {
    const page = await ask(`${fixture.url}/`);
    expect(page).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.text).not.toMatch(/<script>|<script(?![^>]* src=)|style=|\son\w+=/);

    const names = ['app.js', 'views/audit.js', 'vendor/preact.js', 'vendor/uplot.js', 'style.css', 'vendor/uplot.css'];
    for (const name of names) {
      const file = await ask(`${fixture.url}/web/${name}`);
      expect(file).toMatchObject({
        status: 200,
        type: `text/${name.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8`,
      });
      expect(file.headers['x-content-type-options']).toBe('nosniff');
      const again = await ask(`${fixture.url}/web/${name}`, {
        headers: { 'if-none-match': String(file.headers['etag']) },
      });
      expect(again).toMatchObject({ status: 304, text: '' });
    }
  });

  it('are those files and nothing else', async () => {
    for (const name of [
      '../package.json',
      '..%2Fpackage.json',
      '%2e%2e/app.ts',
      'views',
      '',
      'constructor',
      'app.js/',
    ]) {
      expect(await ask(`${fixture.url}/web/${name}`)).toMatchObject({ status: 404 });
    }
  });

  it('are found where the earlier operator page was', async () => {
    const { status, headers } = await ask(`${fixture.url}/broker-admin`);
    expect({ status, location: headers['location'] }).toEqual({ status: 302, location: './' });
  });
});

describe.skipIf(executablePath === null)('the page', () => {
  beforeAll(async () => {
    await fixture.call('PUT', '/queues/billing', { patterns: ['orders.>'], actor: 'alice', reason: 'new service' });
    const publish = (n: number) =>
      fixture.call('POST', '/publish', { topic: 'orders.created', json: { order: n }, message_id: `order-${n}` });
    for (let n = 1; n <= 30; n++) await publish(n);
    const invoices = Array.from({ length: 6 }, (_, n) => ({
      topic: 'mail.invoice',
      json: { to: `user-${n}` },
      message_id: `invoice-${n}`,
    }));
    await fixture.died('mail', invoices, 'mailbox unavailable');
  });
  afterEach(async () => {
    await fixture.closeTabs();
    expect(fixture.offences).toEqual([]);
  });

  const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });
  const button = (page: Page, name: string | RegExp) =>
    page.getByRole('button', { name, exact: typeof name === 'string' });

  it('asks for a token, keeps it in the tab alone, and asks again when it is refused', async () => {
    const page = await fixture.open();
    await page.getByLabel('Token').fill('a-wrong-token');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'TOKEN_REQUIRED' }).waitFor();
    await signIn(page, ADMIN_TOKEN);
    await page.reload();
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
    expect(await page.evaluate('JSON.stringify([localStorage.length, document.cookie])')).toBe('[0,""]');
    expect(page.url()).not.toContain(ADMIN_TOKEN);

    await button(page, 'Sign out').click();
    await page.getByLabel('Token').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);

    const named = await fixture.addToken('short-lived', 'viewer');
    await signIn(page, named);
    await page.getByText('short-lived').waitFor();
    await fixture.removeToken('short-lived');
    await page.getByRole('alert').filter({ hasText: 'TOKEN_REQUIRED' }).waitFor();
  });

  it('shows rates and depth as they change, in plots', async () => {
    const page = await fixture.enter();
    expect(await page.locator('.plot canvas').count()).toBe(3);
    const depth = page.locator('.tile').filter({ hasText: 'Depth' });
    const before = (await fixture.call('GET', '/status'))['depth'] as number;
    await depth.filter({ hasText: String(before) }).waitFor();
    await fixture.call('POST', '/publish', { topic: 'orders.late', body: 'x', message_id: 'late' });
    await depth.filter({ hasText: String(before + 1) }).waitFor();
    await page.getByRole('listitem').filter({ hasText: 'no consumers' }).filter({ hasText: 'billing' }).waitFor();
    const told = await page.getByRole('img', { name: /^Depth: depth/ }).getAttribute('aria-label');
    expect(told).toContain(`depth ${before + 1}`);
  });

  it('shows why a queue lags, its messages in order, and a body as JSON, text and hex', async () => {
    const page = await fixture.enter('queues');
    await row(page, 'billing').filter({ hasText: 'no consumers' }).waitFor();
    await page.getByRole('link', { name: 'billing' }).click();
    await page.getByText('Messages wait and nobody consumes.').waitFor();
    await page.getByText('order-1', { exact: true }).click();
    await page.getByText('"order": 1').waitFor();
    await button(page, 'Hex').click();
    await page.getByText('7b 22 6f 72 64 65 72 22').waitFor();
    await button(page, 'Text').click();
    await page.getByText('{"order":1}').waitFor();
    await button(page, 'Next').click();
    await page.getByText('order-26', { exact: true }).waitFor();
    expect(await button(page, 'order-1').count()).toBe(0);
  });

  it('shows routes and who consumes', async () => {
    await fixture.call('POST', '/consumers/worker-7/fetch', { queue: 'mail', count: 1, wait_ms: 0 });
    const page = await fixture.enter('routes');
    await row(page, 'orders.>').filter({ hasText: 'enabled' }).waitFor();
    await page.getByRole('link', { name: 'Sessions' }).click();
    await row(page, 'worker-7').filter({ hasText: 'live' }).waitFor();
    await fixture.call('DELETE', '/consumers/worker-7');
    await row(page, 'worker-7').waitFor({ state: 'detached' });
  });

  it('groups dead letters and tells the whole story of one', async () => {
    const page = await fixture.enter('dead-letters');
    await row(page, 'mailbox unavailable').filter({ hasText: '6' }).getByRole('link').first().click();
    await page.getByRole('link', { name: 'invoice-3' }).click();
    await row(page, 'mail-worker')
      .filter({ hasText: 'nack_terminal' })
      .filter({ hasText: 'mailbox unavailable' })
      .waitFor();
    await page.getByText('"to": "user-3"').waitFor();
  });

  it('replays only what was tried dry, restated and confirmed', async () => {
    const page = await fixture.enter('dead-letters/one?id=invoice-0');
    await button(page, 'Replay…').click();
    const dialog = page.getByRole('dialog');
    const replay = dialog.getByRole('button', { name: /^Replay/ });
    const dry = dialog.getByRole('button', { name: 'Dry run' });
    await dialog.getByLabel('Consumer or queue, restated').fill('somebody-else');
    await dialog.getByLabel('Topic, restated').fill('mail.invoice');
    await dialog.getByLabel('Why').fill('the mailbox is back');
    await dialog.getByLabel('Who asks').fill('ops@example.com');
    await dialog.getByLabel(/to confirm/).fill('REPLAY');
    expect(await replay.isDisabled()).toBe(true);
    await dry.click();
    await dialog.getByText('0 dead letters would be replayed, 1 would fail.').waitFor();
    expect(await replay.isDisabled()).toBe(true);

    await dialog.getByLabel('Consumer or queue, restated').fill('mail-worker');
    expect(await replay.isDisabled()).toBe(true);
    await dry.click();
    await dialog.getByText('1 dead letter would be replayed.').waitFor();
    await dialog.getByLabel(/to confirm/).fill('replay');
    expect(await replay.isDisabled()).toBe(true);
    expect(await fixture.call('GET', '/dlq/records/invoice-0')).toMatchObject({ message_id: 'invoice-0' });
    await dialog.getByLabel(/to confirm/).fill('REPLAY');
    await replay.click();
    await dialog.getByText('1 dead letter replayed.').waitFor();
    const { items } = await fixture.call('GET', '/queues/mail/messages');
    expect(items).toMatchObject([{ message_id: 'invoice-0', status: 'ready' }]);
  });

  it('purges those that were chosen and no other', async () => {
    const page = await fixture.enter('dead-letters?show=records&queue=mail');
    for (const id of ['invoice-1', 'invoice-2']) await row(page, id).getByRole('checkbox').check();
    await button(page, 'Purge 2 chosen…').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Why').fill('duplicates');
    await dialog.getByRole('button', { name: 'Dry run' }).click();
    await dialog.getByText('2 dead letters would be taken away for ever.').waitFor();
    expect(await row(page, 'invoice-1').count()).toBe(1);
    await dialog.getByLabel(/to confirm/).fill('PURGE');
    await dialog.getByRole('button', { name: 'Purge 2' }).click();
    await dialog.getByText('2 dead letters taken away.').waitFor();
    await page.keyboard.press('Escape');
    await row(page, 'invoice-1').waitFor({ state: 'detached' });
    await row(page, 'invoice-3').waitFor();
    expect(await row(page, 'invoice-2').count()).toBe(0);
  });

  it('follows a job and ends it where it stands', async () => {
    const many = Array.from({ length: 1_100 }, (_, n) => ({ topic: 'bulk.x', body: 'x', message_id: `bulk-${n}` }));
    await fixture.died('bulk', many, 'bulk');
    const page = await fixture.enter('dead-letters?queue=bulk');
    await button(page, 'Purge…').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Why').fill('clean up');
    await dialog.getByLabel('Records per second').fill('20');
    await dialog.getByRole('button', { name: 'Dry run' }).click();
    await dialog.getByText('1,100 dead letters would be taken away').waitFor();
    await dialog.getByLabel(/to confirm/).fill('PURGE');
    await dialog.getByRole('button', { name: 'Purge 1,100' }).click();
    await dialog.getByRole('link', { name: /^job/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Jobs' }).click();
    await row(page, 'purge').filter({ hasText: 'running' }).filter({ hasText: 'of 1,100' }).waitFor();
    await button(page, 'Cancel…').click();
    await page.getByRole('dialog').getByLabel('Why').fill('wrong queue');
    await button(page, 'Cancel the job').click();
    await row(page, 'purge').filter({ hasText: 'cancelled' }).waitFor();
    expect((await fixture.call('GET', '/queues/bulk'))['dead_letters']).toBeGreaterThan(0);
  });

  it('shows who changed what, and whether the log hangs together', async () => {
    const page = await fixture.enter('audit');
    await page.locator('.facts').filter({ hasText: 'State' }).filter({ hasText: 'ok' }).waitFor();
    await row(page, 'duplicates').waitFor();
    await page.getByText('Filter').click();
    await page.getByLabel('Message').fill('invoice-0');
    await button(page, 'Apply').click();
    const replayed = row(page, 'replay_dead_letter').filter({ hasText: 'ops@example.com' });
    await replayed.filter({ hasText: 'the mailbox is back' }).waitFor();
    expect(await row(page, 'duplicates').count()).toBe(0);
    await replayed.getByRole('button').click();
    await page.getByText('Hash before').waitFor();
  });

  it('finds a message by its id, in queues and among dead letters', async () => {
    const page = await fixture.enter();
    await page.keyboard.press('/');
    await page.getByLabel('Message id').fill('invoice-4');
    await page.keyboard.press('Enter');
    await row(page, 'invoice-4').filter({ hasText: 'dead letter' }).waitFor();
    await page.getByLabel('Message id').fill('order-7');
    await page.keyboard.press('Enter');
    await row(page, 'order-7').filter({ hasText: 'billing' }).getByRole('link').click();
    await page.getByText('"order": 7').waitFor();
    await fixture.show(page, 'search?id=nowhere');
    await page.getByText('There is no such message.').waitFor();
  });

  it('offers a viewer nothing that a viewer may not do', async () => {
    const viewer = await fixture.addToken('looker', 'viewer');
    const page = await fixture.enter('dead-letters', undefined, viewer);
    await row(page, 'mailbox unavailable').waitFor();
    for (const name of ['Replay…', 'Purge…']) expect(await button(page, name).first().isDisabled()).toBe(true);
  });

  it('can be used with the keyboard alone', async () => {
    const page = await fixture.open();
    await page.locator('input:focus').waitFor();
    await page.keyboard.type(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
    const focused = () => page.evaluate('document.activeElement.textContent.trim()') as Promise<string>;
    const tabTo = async (text: string): Promise<void> => {
      for (let presses = 0; presses < 60; presses++) {
        if ((await focused()) === text) return page.keyboard.press('Enter');
        await page.keyboard.press('Tab');
      }
      throw new Error(`"${text}" cannot be reached`);
    };
    await page.evaluate('document.activeElement.blur()');
    await tabTo('Dead letters');
    await eventually('the heading has the focus', async () => (await focused()) === 'Dead letters');
    await row(page, 'mailbox unavailable').waitFor();
    await tabTo('Purge…');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('says that the broker does not answer, keeps what it knew, and goes on by itself', async () => {
    const page = await fixture.enter('queues');
    await row(page, 'billing').waitFor();
    await fixture.stopBroker();
    await page.getByRole('alert').filter({ hasText: 'BROKER_UNREACHABLE' }).first().waitFor();
    expect(await row(page, 'billing').count()).toBe(1);
    await fixture.tachyon.readyBroker();
    await page.getByRole('alert').first().waitFor({ state: 'detached' });
    await page.getByRole('status').filter({ hasText: 'up' }).waitFor();
  });
});
