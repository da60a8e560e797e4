// Accepted means on disk: a broker is killed while a Python producer waits for confirms, and everything that was confirmed
// is there when it comes back.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { pythonWithZmq } from '../../internal/testing/python.ts';

// Confirms in the order of the publishes; many under way. Prints each id that was confirmed.
const PRODUCER = `
import json, os, zmq
socket = zmq.Context().socket(zmq.DEALER)
socket.setsockopt(zmq.LINGER, 0)
socket.connect(os.environ["TACHYON_ROUTER"])
sent = 0
waiting = 0
while True:
    while waiting < 200:
        socket.send_multipart([b"", b"load.x", b"body %d" % sent, json.dumps({"message_id": "m%d" % sent}).encode()])
        sent += 1
        waiting += 1
    _, _, reply = socket.recv_multipart()
    waiting -= 1
    word = json.loads(reply)
    if word["type"] == "publish.confirmed" and word["durability"] == "disk": print(word["message_id"], flush=True)
`;

const python = pythonWithZmq();
let tachyon: Tachyon;

beforeAll(() => {
  tachyon = new Tachyon();
});
afterAll(() => tachyon.remove());

describe.skipIf(python === null)('kill -9 of a broker under load', () => {
  it('loses nothing that was confirmed', async () => {
    const confirmed = new Set<string>();
    const file = join(tachyon.folder, 'producer.py');
    writeFileSync(file, PRODUCER);
    for (let round = 1; round <= 4; round += 1) {
      const { broker, ready } = await tachyon.readyBroker();
      await tachyon.run(['queues', 'declare', 'load', '--bind', 'load.>']);
      const producer = tachyon.start([file], { command: [python ?? ''], env: { TACHYON_ROUTER: ready.router } });
      await producer.until('confirms', ({ stdout }) => (stdout.split('\n').length > 300 * round ? true : undefined));
      await broker.kill('SIGKILL');
      await producer.kill('SIGKILL');
      const whole = producer.stdout.slice(0, producer.stdout.lastIndexOf('\n'));
      for (const id of whole.split('\n')) confirmed.add(`${round}/${id}`);
      // The next round begins to count anew: what this one left is taken and compared first.
      const { broker: again } = await tachyon.readyBroker();
      const taken = await tachyon.run(['consume', '--queue', 'load', '--exit-when-empty', '-f', '%i %v\\n']);
      expect(taken.code).toBe(0);
      const found = new Map(
        taken.stdout
          .trimEnd()
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
      );
      for (const id of whole.split('\n')) expect(found.get(id)).toBe(`body ${id.slice(1)}`);
      await again.kill('SIGKILL');
    }
    expect(confirmed.size).toBeGreaterThan(1_000);
  });
});
