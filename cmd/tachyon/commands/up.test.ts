// What the help of `tachyon up` tells is what somebody needs who has to change a port or a token.

import { expect, it } from 'vitest';
import { upCommand } from './up.ts';

it('names the port of the gateway and its token, and calls a port a port', () => {
  const help = upCommand().helpInformation();
  expect(help).toMatch(/GATEWAY_PORT\s+\(8000\)/);
  expect(help).toContain('ADMIN_TOKEN');
  expect(help).toMatch(/--metrics-port <port>\s.*0: off/);
});
