// docs/gateway.md: its shell blocks, run as they are written against a gateway that nobody configured.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TACHYON_MAIN, Tachyon } from '../internal/testing/processes/tachyon.ts';
import { root } from '../internal/testing/tidy/repository.ts';

let tachyon: Tachyon;
beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

const blocks = [...readFileSync(join(root, 'docs/gateway.md'), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(
  ([, block = '']) => block,
);
const blockWith = (words: string): string => blocks.find((block) => block.includes(words)) ?? '';

it('can be followed line by line', async () => {
  await tachyon.readyBroker();
  const gateway = tachyon.start(['gateway', '--data-dir', tachyon.dataFolder], { env: { GATEWAY_PORT: '0' } });
  const url = await gateway.until('its address', ({ log }) => log.find(({ msg }) => msg === 'ready')?.['gateway']);
  const shim = join(tachyon.folder, 'tachyon');
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${TACHYON_MAIN}" "$@"\n`);
  chmodSync(shim, 0o755);
  // On the port that is free here, without the meter that curl draws; a stream is looked at for a second.
  const run = async (block: string): Promise<string> => {
    const script = block.replaceAll('http://127.0.0.1:8000', String(url)).replaceAll('curl ', 'curl -sS ');
    const { stdout } = await tachyon
      .start(['-c', script.replace('curl -sS -N', 'curl -s -m 1 -N')], {
        command: ['/bin/sh'],
        env: { DATA_DIR: tachyon.dataFolder, PATH: `${tachyon.folder}:${process.env['PATH'] ?? ''}` },
      })
      .finished();
    return stdout;
  };

  const steps = await run(blockWith('/consumers/worker-1/fetch'));
  const told = ['"accepted":true', '"delivery_id":1', '"settled":1', '"paused":true', '"reason":"empty"'];
  for (const words of [...told, '"paused":false', 'event: ready']) expect(steps).toContain(words);
  expect(steps).not.toContain('"request_id"');

  const metrics = await run(blockWith('/metrics'));
  expect(metrics).toContain('tachyon_gateway_broker_up 1\n');
  expect(readFileSync(join(tachyon.folder, 'gateway-token'), 'utf8')).toMatch(/^\S{40,}\n$/);
});
