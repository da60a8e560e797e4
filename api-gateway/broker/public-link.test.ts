// The clients behind publishing and consuming: one per tenant, only so many, and none that sends after it gave up.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import type { Client } from '../../pkg/client/client.ts';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { PublicLink } from './public-link.ts';

function aLink(publish: () => Promise<unknown> = () => Promise.resolve({ position: 1 })) {
  const opened: string[] = [];
  const closed: string[] = [];
  const asked: (string | null)[] = [];
  let refuses = false;
  const link = new PublicLink({
    socketPath: 'admin.sock',
    timeoutMs: 30,
    asked: (_word, _seconds, code) => asked.push(code),
    open: (options) => {
      const { tenant = '' } = options ?? {};
      if (refuses) return Promise.reject(new TachyonError('BROKER_UNREACHABLE'));
      opened.push(tenant);
      let onClosed = (): void => undefined;
      const client = {
        publish,
        on: (_type: string, listener: () => void) => {
          onClosed = listener;
        },
        close: () => {
          closed.push(tenant);
          onClosed();
          return Promise.resolve();
        },
      };
      return Promise.resolve(client as unknown as Client);
    },
  });
  return {
    link,
    opened,
    closed,
    asked,
    refuse: (now: boolean) => {
      refuses = now;
    },
  };
}

describe('PublicLink', () => {
  it('keeps one client for a tenant, and opens anew after a broker that was not there', async () => {
    const { link, opened, asked, refuse } = aLink();
    refuse(true);
    await expect(link.publish('', 'a', 'x', {})).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
    refuse(false);
    await Promise.all([
      link.publish('', 'a', 'x', {}),
      link.publish('', 'a', 'x', {}),
      link.publish('t', 'a', 'x', {}),
    ]);
    expect(opened).toEqual(['', 't']);
    expect(asked).toEqual(['BROKER_UNREACHABLE', null, null, null]);
  });

  it('closes the client of a publish that was not answered: it is not sent later', async () => {
    const { link, opened, closed } = aLink(() => new Promise(() => undefined));
    await expect(link.publish('', 'a', 'x', {})).rejects.toMatchObject({ code: 'TIMEOUT' });
    await eventually('the end of the client', () => closed.length === 1);
    await expect(link.publish('', 'a', 'x', {})).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(opened).toEqual(['', '']);
  });

  it('says of a publish whose client was closed that the outcome is not known', async () => {
    const { link } = aLink(() => Promise.reject(new TachyonError('CLIENT_CLOSED')));
    await expect(link.publish('', 'a', 'x', {})).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      detail: expect.stringContaining('outcome is not known'),
    });
  });

  it('has room for so many tenants, which those that nobody holds give up', async () => {
    const { link, closed } = aLink();
    const held = Array.from({ length: 32 }, (_, n) => link.hold(`t${n}`));
    expect(() => link.hold('one more')).toThrow(/^BUSY/);
    held[7]?.release();
    held[7]?.release();
    link.hold('one more');
    await eventually('the end of the idle one', () => closed.includes('t7'));
    expect([link.size, closed]).toEqual([32, ['t7']]);
    expect(() => link.hold('yet another')).toThrow(/^BUSY/);
  });
});
