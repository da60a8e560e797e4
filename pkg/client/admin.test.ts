// Proved over both transports against a scripted endpoint on a real ROUTER socket over ipc.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeBroker } from '../../internal/testing/client/fake-broker.ts';
import { eventually } from '../../internal/testing/eventually.ts';
import { type AdminClient, type AdminOptions, type ClientTransport, openAdmin as openAdminOver } from './index.ts';

let folder = '';
let broker: FakeBroker | null = null;
let admin: AdminClient | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-admin-'));
});
afterEach(async () => {
  await admin?.close();
  await broker?.stop();
  admin = null;
  broker = null;
  rmSync(folder, { recursive: true, force: true });
});

const socketPath = (): string => join(folder, 'admin.sock');

describe.each(['zmtp', 'libzmq'] as const)('over %s', (transport: ClientTransport) => {
  const openAdmin = (options: AdminOptions): Promise<AdminClient> => openAdminOver({ transport, ...options });

  async function world(timeoutMs = 2_000): Promise<{ broker: FakeBroker; admin: AdminClient }> {
    broker = await FakeBroker.start({ address: `ipc://${socketPath()}` });
    admin = await openAdmin({ socketPath: socketPath(), timeoutMs });
    return { broker, admin };
  }

  describe('the admin endpoint', () => {
    it('answers each request with its own result, in whatever order', async () => {
      const world_ = await world();
      const answers = [world_.admin.request('queues.list'), world_.admin.request('routes.add', { pattern: 'a' })];
      const requests = await eventually('two requests', () => {
        const heard = world_.broker.latest?.of('admin.request') ?? [];
        return heard.length === 2 && heard;
      });
      expect(requests).toMatchObject([
        { word: 'queues.list', args: {} },
        { word: 'routes.add', args: { pattern: 'a' } },
      ]);
      for (const { id, word } of [...requests].reverse()) {
        world_.broker.latest?.word({ type: 'admin.reply', id, ok: true, result: { word }, error: null });
      }
      expect(await Promise.all(answers)).toEqual([{ word: 'queues.list' }, { word: 'routes.add' }]);
    });

    it('rejects with the code of a refusal', async () => {
      const world_ = await world();
      const answer = world_.admin.request('queues.show', { name: 'x' });
      const [request] = await eventually('a request', () => {
        const heard = world_.broker.latest?.of('admin.request') ?? [];
        return heard.length === 1 && heard;
      });
      const error = { code: 'QUEUE_NOT_FOUND', message: 'queue "x"' } as const;
      world_.broker.latest?.word({ type: 'admin.reply', id: request?.id ?? 0, ok: false, result: null, error });
      await expect(answer).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND', detail: 'queue "x"' });
    });

    it('rejects with TIMEOUT where no answer comes, and overlooks the late one', async () => {
      const world_ = await world();
      await expect(world_.admin.request('status', {}, { timeoutMs: 5 })).rejects.toMatchObject({ code: 'TIMEOUT' });
      world_.broker.latest?.word({ type: 'admin.reply', id: 1, ok: true, result: 1, error: null });
      const next = world_.admin.request('status');
      await eventually('the next request', () => world_.broker.latest?.of('admin.request').length === 2);
      world_.broker.latest?.word({ type: 'admin.reply', id: 2, ok: true, result: 2, error: null });
      expect(await next).toBe(2);
    });

    it('rejects with BROKER_UNREACHABLE at once where there is no socket', async () => {
      const startedMs = performance.now();
      await expect(openAdmin({ socketPath: socketPath(), timeoutMs: 60_000 })).rejects.toMatchObject({
        code: 'BROKER_UNREACHABLE',
      });
      expect(performance.now() - startedMs).toBeLessThan(10_000);
    });

    it('rejects with BROKER_UNREACHABLE where nobody answers the hello', async () => {
      broker = await FakeBroker.start({ address: `ipc://${socketPath()}`, onHello: () => null });
      await expect(openAdmin({ socketPath: socketPath(), timeoutMs: 50 })).rejects.toMatchObject({
        code: 'BROKER_UNREACHABLE',
      });
    });

    it('rejects what was under way when the broker goes, and connects again for the next request', async () => {
      const world_ = await world();
      const answer = world_.admin.request('status').catch((error: { code: string }) => error.code);
      await eventually('a request', () => world_.broker.latest?.of('admin.request').length === 1);
      await world_.broker.stop();
      expect(await answer).toBe('BROKER_UNREACHABLE');
      await expect(world_.admin.request('status')).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
      await world_.broker.restart();
      const next = world_.admin.request('status');
      const request = await eventually('a request', () => world_.broker.peers[1]?.of('admin.request')[0]);
      world_.broker.latest?.word({ type: 'admin.reply', id: request.id, ok: true, result: 'up', error: null });
      expect(await next).toBe('up');
    });

    it('rejects with CLIENT_CLOSED after close', async () => {
      const world_ = await world();
      const answer = world_.admin.request('status').catch((error: { code: string }) => error.code);
      await eventually('a request', () => world_.broker.latest?.of('admin.request').length === 1);
      await world_.admin.close();
      expect(await answer).toBe('CLIENT_CLOSED');
      await expect(world_.admin.request('status')).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    });
  });
});
