// What a peer may get wrong once it was let in, by octets written by hand: its connection ends with the code, what came
// before is heard, and a good peer of the same socket stays.

import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { Router } from './index.ts';
import { Opened } from './testing/opened.ts';
import { hex, opening, RawPeer } from './testing/raw-peer.ts';
import { texts } from './testing/texts.ts';

const opened = new Opened();
afterEach(() => opened.close());

async function bound() {
  const got: string[][] = [];
  const gone: { readonly code: string; readonly unsent: number }[] = [];
  let connected = 0;
  const router = opened.add(
    new Router({
      onMessages: (_peer, messages) => got.push(...texts(messages)),
      onConnected: () => {
        connected += 1;
      },
      onGone: (_peer, { code }, unsent) => gone.push({ code, unsent }),
    }),
  );
  const address = await router.bind('tcp://127.0.0.1:*');
  const raw = (): RawPeer => {
    const peer = RawPeer.connect(address);
    opened.onClose(() => peer.destroy());
    peer.write(opening('DEALER'));
    return peer;
  };
  return { got, gone, raw, connected: () => connected };
}

describe('bad traffic', () => {
  it.each([
    ['a reserved flag', hex('20 00'), 'BAD_FRAME'],
    ['a message beyond the limit', hex('02 0000000004000001'), 'MESSAGE_TOO_LONG'],
    ['a command without a name', hex('04 00'), 'BAD_COMMAND'],
    ['a PING that is cut', hex('04 06 04 50494e47 00'), 'BAD_COMMAND'],
    ['a PING with a context of 17', hex(`04 18 04 50494e47 0000 ${'61'.repeat(17)}`), 'BAD_COMMAND'],
    ['a second READY', hex('04 06 05 5245414459'), 'BAD_COMMAND'],
    ['a subscription', hex('04 0a 09 535542534352494245'), 'BAD_COMMAND'],
    ['an ERROR', hex('04 07 05 4552524f52 00'), 'REFUSED_BY_PEER'],
  ])('%s ends the connection with its code, after what came before it', async (_what, bytes, code) => {
    const router = await bound();
    const good = router.raw();
    const bad = router.raw();
    await eventually('both', () => router.connected() === 2);
    bad.write(hex('00 01 61'), bytes, hex('00 01 62'));
    await eventually('the end', () => bad.isClosed && router.gone.length === 1);
    expect({ got: router.got, gone: router.gone }).toEqual({ got: [['a']], gone: [{ code, unsent: 0 }] });
    expect(good.isClosed).toBe(false);
  });

  it('an unknown command is passed over: extensions may bring their own', async () => {
    const router = await bound();
    router.raw().write(hex('04 06 05 48454c4c59'), hex('00 01 61'));
    await eventually('the message', () => router.got.length === 1);
  });
});
