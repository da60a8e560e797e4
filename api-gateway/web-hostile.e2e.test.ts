// Whoever may publish chooses ids, topics, attributes, bodies and reasons, and operators look at them. Proved here, in a real
// Chromium and on every view: nothing of it runs, becomes markup or leads anywhere; nothing hides or turns around what
// stands beside it; and the layout holds.

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../internal/testing/chromium.ts';
import { DESKTOP, PageFixture, PHONE } from '../internal/testing/processes/page.ts';

const executablePath = chromiumPath();
const fixture = new PageFixture();

const RUN = 'window.ran=1';
const MARKUP = `<script>${RUN}</script><img src=x onerror="${RUN}"><svg onload="${RUN}"><iframe srcdoc="<script>parent.ran=1</script>">`;
const TURNED = '\u202egnp.exe\u2066\u200b\u0000\u001b[31m';
const LONG = 'L'.repeat(100_000);

interface Sent {
  readonly name: string;
  readonly message: { readonly message_id: string; readonly topic: string } & Readonly<Record<string, unknown>>;
}

/** Ids and topics that are as bad as the broker takes them. */
const SENT: readonly Sent[] = [
  {
    name: 'markup',
    message: { message_id: `<img src=x onerror=${RUN}>`, topic: `hostile.<script>${RUN}</script>`, body: MARKUP },
  },
  {
    name: 'a link that is a script',
    message: { message_id: `javascript:${RUN}`, topic: 'hostile.link', body: `javascript:${RUN}` },
  },
  { name: 'an address', message: { message_id: '#/audit?actor=x', topic: 'hostile.address', body: '../../' } },
  {
    name: 'quotes',
    message: { message_id: `"'><b onclick=${RUN}>`, topic: `hostile."'>`, json: { [`"><script>${RUN}`]: MARKUP } },
  },
  {
    name: 'marks that turn text around',
    message: { message_id: `id-${TURNED}`, topic: 'hostile.\u202eturned', body: TURNED.repeat(50) },
  },
  { name: 'long values', message: { message_id: 'L'.repeat(250), topic: `hostile.${'T'.repeat(240)}`, body: LONG } },
  {
    name: 'a long line of JSON',
    message: { message_id: 'long-json', topic: 'hostile.json', json: { __proto__: null, constructor: LONG } },
  },
  {
    name: 'deep JSON',
    message: { message_id: 'deep-json', topic: 'hostile.deep', body: '['.repeat(20_000) + ']'.repeat(20_000) },
  },
  {
    name: 'what is no UTF-8',
    message: {
      message_id: 'bytes',
      topic: 'hostile.bytes',
      body_base64: Buffer.from([0xff, 0xfe, 0x80, 0xc3, 0x28, 0, 27]).toString('base64'),
    },
  },
  {
    name: 'letters upon letters',
    message: { message_id: `z${'\u0301\u0489'.repeat(60)}`, topic: 'hostile.zalgo', body: 'x' },
  },
];

const letter = (id: string): string => `dead-letters/one?id=${encodeURIComponent(id)}`;

const REASON = `${MARKUP} ${TURNED} ${'R'.repeat(700)}`;

describe.skipIf(executablePath === null)('what a producer sends', () => {
  beforeAll(async () => {
    await fixture.start(executablePath);
    await fixture.died(
      'hostile',
      SENT.map(({ message }) => message),
      REASON,
    );
    // The same once more, to wait in the queue.
    for (const { message } of SENT) {
      await fixture.call('POST', '/publish', { ...message, message_id: `${message.message_id}!`.slice(-250) });
    }
    await fixture.call('PUT', `/queues/${encodeURIComponent('billing')}`, {
      patterns: ['a.>'],
      actor: MARKUP.slice(0, 100),
      // What an operator says is refused with control characters; what a consumer says is not.
      reason: REASON.replaceAll(/\p{Cc}/gu, ''),
    });
  });
  afterAll(() => fixture.stop());
  afterEach(() => {
    expect(fixture.offences).toEqual([]);
  });

  /** What must hold wherever it is looked at. */
  async function holds(page: Page): Promise<void> {
    const seen = (await page.evaluate(`({
      ran: window.ran,
      foreign: document.querySelectorAll('main :is(script, img, svg, iframe, object, embed, form[action], [onclick], [onerror], [onload])').length,
      links: [...document.querySelectorAll('main a')].map((link) => link.getAttribute('href')).filter((href) => !/^#\\/[a-z/-]+(\\?[A-Za-z0-9=&%+._*-]*)?$/.test(href)),
      invisible: /[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff]/.test(document.querySelector('main').textContent),
      wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      longest: Math.max(0, ...[...document.querySelectorAll('main td')].map((cell) => cell.textContent.length)),
    })`)) as Readonly<Record<string, unknown>> & { readonly longest: number };
    const { longest, ...rest } = seen;
    expect(rest).toEqual({ ran: undefined, foreign: 0, links: [], invisible: false, wider: 0 });
    expect(longest).toBeLessThan(700);
  }

  const VIEWS = {
    overview: '',
    queues: 'queues',
    'a queue': 'queues/one?queue=hostile',
    routes: 'routes',
    sessions: 'sessions',
    groups: 'dead-letters',
    records: 'dead-letters?show=records',
    audit: 'audit',
    search: `search?id=${encodeURIComponent(`<img src=x onerror=${RUN}>`)}`,
  };
  const SCREENS = [
    ['a desktop', DESKTOP],
    ['a phone', PHONE],
  ] as const;

  it.each(SCREENS)('neither runs nor breaks the layout of any view on %s', async (_name, screen) => {
    const page = await fixture.enter('', screen);
    for (const view of Object.values(VIEWS)) {
      await fixture.show(page, view);
      await page.locator('[aria-busy]').waitFor({ state: 'detached' });
      await page.locator('main :is(table, .empty, .plot)').first().waitFor();
      await holds(page);
    }
  });

  let tab: Page | null = null;
  it.each(SENT)(
    '$name can be looked at as a dead letter, in each way that its body can be shown',
    async ({ message }) => {
      tab ??= await fixture.enter();
      const page = tab;
      const { message_id: id } = message;
      await fixture.show(page, letter(id));
      await page.getByRole('heading', { name: 'Body' }).waitFor();
      await holds(page);
      for (const way of ['Text', 'JSON', 'Hex']) {
        const tab = page.getByRole('button', { name: way, exact: true });
        if (await tab.isDisabled()) continue;
        await tab.click();
        await page.getByLabel(`Body as ${way.toLowerCase()}`).waitFor();
        await holds(page);
      }
    },
  );

  it('is told with its marks by name, and cut with how much is left', async () => {
    const page = await fixture.enter(letter(`id-${TURNED}`));
    const heading = page.locator('h1');
    await heading.filter({ hasText: 'id-U+202Egnp.exeU+2066U+200BNULESC[31m' }).waitFor();
    await fixture.show(page, letter('L'.repeat(250)));
    await heading.filter({ hasText: '… 170 more' }).waitFor();
    await page.getByText('Show more').click();
    const shown = page.getByLabel('Body as text');
    expect((await shown.textContent())?.length).toBe(16_000);
    await fixture.show(page, 'dead-letters/one?id=bytes');
    await page.getByText('no valid UTF-8').waitFor();
    await page.getByText('ff fe 80 c3 28 00 1b').waitFor();
  });

  it('can be opened where it waits in the queue', async () => {
    const page = await fixture.enter('queues/one?queue=hostile');
    const messages = page.getByRole('region', { name: 'Messages' }).getByRole('button');
    await messages.first().waitFor();
    expect(await messages.count()).toBe(SENT.length);
    for (let at = 0; at < SENT.length; at++) {
      await messages.nth(at).click();
      await page.locator('.opened').getByRole('heading', { name: 'Body' }).waitFor();
      await holds(page);
      await page.locator('.opened').getByRole('button', { name: 'Close' }).click();
    }
  });

  it('can be replayed and purged in dialogs that show it as text', async () => {
    const page = await fixture.enter(letter(`<img src=x onerror=${RUN}>`), PHONE);
    await page.getByRole('button', { name: 'Purge…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(`<img src=x onerror=${RUN}>`).waitFor();
    await dialog.getByLabel('Why').fill(MARKUP);
    await dialog.getByRole('button', { name: 'Dry run' }).click();
    await dialog.getByLabel(/to confirm/).fill('PURGE');
    await dialog.getByRole('button', { name: 'Purge 1' }).click();
    await dialog.getByText('1 dead letter taken away.').waitFor();
    await holds(page);
  });

  it('can be ordered about in dialogs that show it as text, also where it is the name of a queue or a route', async () => {
    const name = `<img src=x onerror=${RUN}>\u202e`;
    await fixture.call('PUT', `/queues/${encodeURIComponent(name)}`, { patterns: ['odd."\'<b\u202e'] });
    const page = await fixture.enter(`queues/one?queue=${encodeURIComponent(name)}`, PHONE);
    const dialog = page.getByRole('dialog');
    const opens = async (button: string): Promise<void> => {
      await page.getByRole('button', { name: button, exact: true }).click();
      await dialog.waitFor();
      await holds(page);
      const scroll = `document.querySelector('dialog .scroll')`;
      expect(await page.evaluate(`${scroll}.scrollWidth - ${scroll}.clientWidth`)).toBe(0);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    };
    for (const button of ['Pause…', 'Drain…', 'Bind…', 'Purge…', 'Delete…']) await opens(button);
    await page.getByRole('button', { name: 'Pause…' }).click();
    await dialog.getByText(`<img src=x onerror=${RUN}>U+202E`).waitFor();
    await dialog.getByLabel('Why').fill(MARKUP);
    await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('Somebody paused it.').waitFor();
    await holds(page);
    await fixture.show(page, 'routes');
    const route = page.getByRole('row').filter({ hasText: 'odd.' });
    await route.getByRole('button', { name: 'Remove…' }).click();
    await dialog.waitFor();
    await holds(page);
    await dialog.getByLabel('Why').fill('odd');
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await route.waitFor({ state: 'detached' });
  });

  it('cannot lead the page anywhere by the address of a view', async () => {
    const page = await fixture.enter();
    const odd = [
      `javascript:${RUN}`,
      '//example.com/',
      'constructor',
      '__proto__',
      'queues/one?queue=..',
      'dead-letters/one?id=.',
      `queues/one?queue=${encodeURIComponent(MARKUP)}`,
    ];
    for (const view of odd) {
      await fixture.show(page, view);
      await holds(page);
    }
    await page.getByRole('alert').first().waitFor();
  });
});
