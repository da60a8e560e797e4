// Proved against another binding of libzmq, pyzmq, in a process of its own: the second implementation of the API, and
// another build of the library.

import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { pythonWithZmq } from '../../internal/testing/python.ts';
import { Router, Sub, XPub } from './index.ts';
import { Opened } from './testing/opened.ts';
import { ascii } from './testing/raw-peer.ts';
import { texts } from './testing/texts.ts';

const opened = new Opened();
afterEach(() => opened.close());

const python = pythonWithZmq();

/** Asks, listens and publishes; prints a line for each thing that went well. */
const SCRIPT = `
import sys, zmq
router, xpub, sub = sys.argv[1:]
context = zmq.Context()
dealer = context.socket(zmq.DEALER)
dealer.setsockopt(zmq.IDENTITY, b'python')
dealer.setsockopt(zmq.HEARTBEAT_IVL, 20)
dealer.setsockopt(zmq.HEARTBEAT_TTL, 2000)
dealer.connect(router)
parts = [b'', b'x' * 255, b'y' * 256, b'z' * 2000000] + [b'part'] * 1000
for turn in range(3):
    dealer.send_multipart(parts)
    assert dealer.recv_multipart() == parts, 'echo'
request = context.socket(zmq.REQ)
request.connect(router)
request.send(b'question')
assert request.recv() == b'question', 'reply'
listener = context.socket(zmq.SUB)
listener.subscribe(b'news.')
listener.connect(xpub)
assert listener.recv_multipart() == [b'news.today', b'w' * 70000], 'subscription'
publisher = context.socket(zmq.XPUB)
publisher.connect(sub)
assert publisher.recv() == b'\\x01from.', 'subscribed'
publisher.send_multipart([b'other', b'no'])
publisher.send_multipart([b'from.python', b'yes'])
print('done', flush=True)
sys.stdin.read()
`;

describe.runIf(python !== null)('with pyzmq', () => {
  it('requests, subscriptions and heartbeats work both ways', async () => {
    const router = opened.add(
      new Router({
        onMessages: (peer, messages) => {
          for (const frames of messages) router.send(peer, frames);
        },
      }),
    );
    const xpub = opened.add(
      new XPub({
        onMessages: () => {
          xpub.publish([ascii('nobody'), ascii('no')]);
          xpub.publish([ascii('news.today'), new Uint8Array(70_000).fill('w'.charCodeAt(0))]);
        },
      }),
    );
    const got: string[][] = [];
    const sub = opened.add(new Sub({ onMessages: (_peer, messages) => got.push(...texts(messages)) }));
    sub.subscribe('from.');
    const addresses: string[] = [];
    for (const socket of [router, xpub, sub]) addresses.push(await socket.bind('tcp://127.0.0.1:*'));
    const child = spawn(python!, ['-c', SCRIPT, ...addresses], { stdio: 'pipe' });
    opened.onClose(() => child.kill('SIGKILL'));
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    await eventually('all of it', () => said.length > 0 && got.length > 0);
    expect({ said, got }).toEqual({ said: 'done\n', got: [['from.python', 'yes']] });
  });
});
