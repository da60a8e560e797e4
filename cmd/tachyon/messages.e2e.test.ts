// `pub`, `consume`, `sub` and the dead letters, as whole processes against a live broker.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TACHYON_MAIN, Tachyon } from '../../internal/testing/processes/tachyon.ts';

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

const serve = () => tachyon.readyBroker();
const good = (args: readonly string[], input?: string) => tachyon.good(args, input);
const parsed = (args: readonly string[]) => tachyon.parsed(args);

describe('messages on the command line', () => {
  it('publishes and consumes; the printed command makes an unroutable topic routable', async () => {
    await serve();
    const refused = await tachyon.run(['pub', "it's.new", 'first']);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('UNROUTABLE') });
    const command = /next: (?:npx tachyon|tachyon|node \S+) (.*)\n/.exec(refused.stderr)?.[1] ?? '';
    const shell = tachyon.start(['-c', `"${process.execPath}" "${TACHYON_MAIN}" ${command}`], {
      command: ['/bin/sh'],
      env: { DATA_DIR: tachyon.dataFolder },
    });
    expect(await shell.finished()).toMatchObject({ code: 0 });
    expect(await parsed(['pub', "it's.new", 'second', '-H', 'a=b=c', '--id', 'm1'])).toMatchObject({
      message_id: 'm1',
      durability: 'disk',
      duplicate: false,
    });
    expect(await good(['pub', "it's.new", '-', '--count', '2'], 'from stdin')).toMatch(
      /^confirmed {2}2 messages {2}durability disk {2}positions \d+ to \d+\n$/,
    );
    await good(['queues', 'declare', 'named', '--bind', 'named']);
    expect(await good(['pub', 'named', 'x', '--id', 'm2'])).toMatch(
      /^confirmed {2}durability disk {2}position \d+ {2}id m2\n$/,
    );

    const taken = await tachyon.lines(['consume', '--queue', "it's", '-n', '1']);
    expect(taken).toMatchObject([
      { topic: "it's.new", message_id: 'm1', body: 'second', headers: { a: 'b=c' }, attempt: 1 },
    ]);
    expect(await good(['consume', '-q', "it's", '--exit-when-empty', '-f', '%q|%t|%l|%v{hex}\\n'])).toBe(
      `it's|it's.new|10|${Buffer.from('from stdin').toString('hex')}\n`.repeat(2),
    );
    expect(await good(['consume', '-q', "it's", '--exit-at-end'])).toBe('');
  });

  it('hands messages back, and lists the dead letters with the fields of the earlier record', async () => {
    await serve();
    await good(['queues', 'declare', 'q', '--bind', 'a']);
    await good(['pub', 'a', 'poison', '--id', 'm1']);
    await good([
      'consume',
      '-q',
      'q',
      '-n',
      '1',
      '--nack',
      'terminal',
      '--nack-reason',
      'no stock',
      '--consumer-id',
      'c1',
    ]);
    const record = {
      message_id: 'm1',
      consumer_id: 'c1',
      session_id: '',
      tenant_id: '',
      topic: 'a',
      payload: Buffer.from('poison').toString('base64'),
      priority: '',
      enqueue_sequence: 1,
      attempt: 1,
      deliveries: 1,
      failed_deliveries: 1,
      reason: 'no stock',
      dead_lettered_at: expect.stringMatching(/^\d{4}-.*Z$/),
      replay_count: 0,
      last_replay_at: null,
      last_replay_target: '',
    };
    const [listed] = (await parsed(['dlq', 'list'])) as object[];
    expect(listed).toMatchObject(record);
    expect(listed).not.toHaveProperty('attempts');
    for (const filter of [
      ['--queue', 'q'],
      ['--consumer', 'c1'],
      ['--topic', 'a'],
      ['--reason', 'no stock'],
    ]) {
      expect(await parsed(['dlq', 'list', ...filter])).toHaveLength(1);
    }
    for (const filter of [
      ['--consumer', 'c'],
      ['--topic', 'b'],
      ['--reason', 'no'],
    ]) {
      expect(await parsed(['dlq', 'list', ...filter])).toEqual([]);
    }
    expect(await good(['dlq', 'list', '-o', 'table'])).toMatch(
      /^message +queue +failed +cause +reason +age\nm1 +q +1 +nack_terminal +no stock +[\d.]+ m?s\n$/,
    );
    expect(await tachyon.run(['dlq', 'list', '--queue', 'nope'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('QUEUE_NOT_FOUND'),
    });
  });

  it('lists more than a page', async () => {
    await serve();
    await good(['queues', 'declare', 'q', '--bind', 'a']);
    await good(['pub', 'a', 'x', '--count', '250']);
    await good(['consume', '-q', 'q', '-n', '250', '--nack', 'terminal']);
    expect(await parsed(['dlq', 'list'])).toHaveLength(250);
  });

  it('reads fanout', async () => {
    const { ready } = await serve();
    await good(['routes', 'add', 'metrics.>', '--type', 'fanout']);
    const sub = tachyon.start(['sub', 'metrics.*', '-n', '1', '-f', '%t=%v\\n'], {
      env: { DATA_DIR: tachyon.dataFolder },
    });
    await sub.says('subscribed');
    let code: number | null = null;
    void sub.end.then((end) => {
      code = end.code;
    });
    // Best effort: the broker takes note of a subscription a moment after the greeting.
    while (code === null)
      expect(await parsed(['pub', 'metrics.cpu', '0.5'])).toMatchObject({ durability: 'none', position: 0 });
    expect(await sub.finished()).toMatchObject({ code: 0, stdout: 'metrics.cpu=0.5\n' });
    expect(await good(['pub', 'metrics.cpu', '0.5'])).toBe('sent as fanout  durability none\n');
    expect(await good(['pub', 'metrics.cpu', '0.5', '--count', '3'])).toBe(
      'sent as fanout  3 messages  durability none\n',
    );
    const remote = await tachyon.run(['sub', 'x'], { env: { TACHYON_ROUTER: ready.router } });
    expect(remote).toMatchObject({ code: 2, stderr: expect.stringContaining('--pub') });
  });

  it('reaches a broker by its endpoint alone', async () => {
    const { ready } = await serve();
    await good(['queues', 'declare', 'q', '--bind', 'a']);
    const env = { TACHYON_ROUTER: ready.router, DATA_DIR: '/no/such/folder' };
    expect(await tachyon.run(['pub', 'a', 'x'], { env })).toMatchObject({ code: 0 });
    expect(await tachyon.run(['consume', '-q', 'q', '-n', '1'], { env })).toMatchObject({ code: 0, stdout: 'a x\n' });
  });

  it('acknowledges nothing that its reader did not get', async () => {
    await serve();
    await good(['queues', 'declare', 'q', '--bind', 'a']);
    await good(
      ['pub', 'a', '--lines'],
      Array.from({ length: 2_000 }, (_, n) => `line ${n} ${'x'.repeat(200)}`).join('\n'),
    );
    const pipe = `"${process.execPath}" "${TACHYON_MAIN}" consume -q q --exit-when-empty | head -n 3`;
    const head = await tachyon
      .start(['-c', pipe], { command: ['/bin/sh'], env: { DATA_DIR: tachyon.dataFolder } })
      .finished();
    expect(head.stdout.split('\n')).toHaveLength(4);
    expect(head.stderr).toBe('');
    const rest = await good(['consume', '-q', 'q', '--exit-when-empty', '-f', '%v\\n']);
    // What went into the pipe before its reader left is acknowledged; everything else comes.
    expect(rest.trimEnd().split('\n').at(-1)).toMatch(/^line 1999 /);
    expect(rest.trimEnd().split('\n').length).toBeGreaterThan(1_000);
  });
});
