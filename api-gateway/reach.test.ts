// docs/gateway.md says for every command what does the same over HTTP, or that nothing does: the operations are there, and
// no command is forgotten.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programFor } from '../cmd/tachyon/program.ts';
import { root } from '../internal/testing/tidy/repository.ts';
import { aGateway, type GatewayFixture } from './testing/a-gateway.ts';
import { type Api, describedIn } from './testing/hostile.ts';

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await aGateway();
});
afterAll(() => gateway.remove());

const section =
  readFileSync(join(root, 'docs/gateway.md'), 'utf8')
    .split(/^## /m)
    .find((part) => part.startsWith('From the command line to HTTP')) ?? '';
const rows = [...section.matchAll(/^\| (`tachyon .+) \| (.+) \|$/gm)].map(([, commands = '', over = '']) => ({
  commands: [...commands.matchAll(/`(?:tachyon )?([^`]+)`/g)].map(([, command = '']) => command),
  over,
}));

/** Those that do something: all but the groups of others. */
const spokenBy = (command: Command, before: readonly string[] = []): readonly string[] =>
  command.commands
    .filter((child) => child.name() !== 'help')
    .flatMap((child) => {
      const words = [...before, child.name()];
      const below = spokenBy(child, words);
      const isGroup = below.length > 0 && child.name() !== 'gateway';
      return isGroup ? below : [words.join(' '), ...below];
    });

describe('the commands of tachyon', () => {
  it('are all in the table, each once', async () => {
    const program = await programFor(['--help']);
    const listed = rows.flatMap(({ commands }) => commands);
    expect(listed.length).toBeGreaterThan(40);
    expect([...listed].sort()).toEqual([...spokenBy(program)].sort());
  });

  it('are each an operation over HTTP, or there is a reason', async () => {
    const api = (await gateway.app.inject({ url: '/docs/openapi.json' })).json() as Api;
    const names = new Set(describedIn(api).map(({ name }) => name));
    for (const { commands, over } of rows) {
      const operation = /^`(.+)`$/.exec(over)?.[1];
      if (operation === undefined)
        expect({ commands, over }).toEqual({ commands, over: expect.stringMatching(/^not: .{15}/) });
      else expect([commands, names.has(operation)]).toEqual([commands, true]);
    }
  });
});
