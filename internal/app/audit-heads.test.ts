// Signed heads reach the place that the operator named, the newest in any case.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { AuditHeads } from './audit-heads.ts';
import { headsPlaceFault } from './config/audit-schema.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

test('a file is appended to, a head a line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tachyon-heads-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'heads.jsonl');
  const heads = new AuditHeads({
    place: pathToFileURL(path).href,
    onFailure: (error) => {
      throw error;
    },
  });
  heads.send({ size: 1 });
  await heads.close();
  heads.send({ size: 2 });
  await heads.close();
  expect(readFileSync(path, 'utf8')).toBe('{"size":1}\n{"size":2}\n');
});

test('a newer head takes no removal with it that was not sent yet', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tachyon-heads-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'later', 'heads.jsonl');
  let failures = 0;
  const heads = new AuditHeads({
    place: pathToFileURL(path).href,
    onFailure: () => {
      failures += 1;
    },
    retryMs: 5,
  });
  heads.send({ size: 9 });
  heads.send({ removed: 4 });
  heads.send({ size: 12 });
  await eventually('a first failure', () => failures > 0);
  mkdirSync(join(folder, 'later'));
  await eventually('what was held', () => existsSync(path) && readFileSync(path, 'utf8').split('\n').length === 3);
  await heads.close();
  expect(readFileSync(path, 'utf8').trim().split('\n').sort()).toEqual(['{"removed":4}', '{"size":12}']);
});

test('a web address that fails is tried again, and gets the newest', async () => {
  const bodies: string[] = [];
  let failures = 0;
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => {
      body += data.toString();
    });
    request.on('end', () => {
      bodies.push(body);
      response.statusCode = bodies.length < 3 ? 503 : 204;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const heads = new AuditHeads({
    place: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    onFailure: () => {
      failures += 1;
    },
    retryMs: 5,
  });
  heads.send({ size: 1 });
  await eventually('a first request', () => bodies.length >= 1);
  heads.send({ size: 7 });
  await eventually('the requests behind it', () => bodies.length >= 3);
  await heads.close();
  expect(bodies.at(-1)).toBe('{"size":7}\n');
  expect(failures).toBe(2);
});

test.each([
  ['none', null],
  ['', 'it is none of them'],
  ['stdout', null],
  ['file:/var/heads', null],
  ['https://example.org/heads', null],
  ['ftp://example.org', 'it is none of them'],
  ['heads.jsonl', 'it is none of them'],
  ['http://', 'the address cannot be read'],
])('"%s" as a place: %s', (place, fault) => {
  expect(headsPlaceFault(place)).toBe(fault);
});
