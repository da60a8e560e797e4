#!/usr/bin/env node
// Verifies the audit log of a broker from its files alone, with nothing but Node: for whoever will not take the broker's
// word for it. It shares no code with the broker on purpose. Usage:
//   node scripts/verify-audit.mjs <audit folder> [--head FILE]… [--public-key FILE]
// Heads and key that were kept elsewhere show that a log was cut, replaced or put back as it once was; those of the
// folder show it only as long as nobody changed them too. Exit code 0: sound; 1: not as written; 2: cannot be read.

import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const FIELDS = ['number', 'actor', 'timestamp', 'operation', 'outcome', 'target_message_ids', 'requested_reason'];
FIELDS.push('prior_state', 'resulting_state', 'position', 'index', 'prev_hash');
const LINE_BYTES_MAX = 64 * 1024 * 1024;
const NEWLINE = 10;

class Fault extends Error {}

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const pick = (object, names) => Object.fromEntries(names.map((name) => [name, object[name]]));

function parsed(text, what) {
  try {
    const value = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, with its place.
  }
  throw new Fault(`${what} is no JSON object`);
}

/** Lines of a file, one at a time; what stands behind the last end of line of the last file is being written. */
async function* linesOf(path, isLast) {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, from)) {
      yield rest.subarray(from, end).toString('utf8');
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > LINE_BYTES_MAX) throw new Fault(`${path} has a line that no broker wrote`);
  }
  if (rest.length > 0 && !isLast) yield rest.toString('utf8');
}

function headsIn(path, publicPem) {
  const texts = readFileSync(path, 'utf8').split('\n');
  // A head that is just being written is none yet.
  if (!texts.at(-1)?.endsWith('}')) texts.pop();
  return texts.map((text, index) => {
    const head = parsed(text, `${path}: head ${index + 1}`);
    if (publicPem === null) throw new Fault('there are signed heads and no public key');
    const key = createPublicKey(publicPem);
    const name = sha256(key.export({ type: 'spki', format: 'der' })).slice(0, 16);
    const covered = Buffer.from(JSON.stringify(pick(head, ['size', 'head', 'at', 'key'])));
    const isSigned = head.key === name && verify(null, covered, key, Buffer.from(String(head.signature), 'base64'));
    if (!isSigned) throw new Fault(`${path}: head ${index + 1} (of ${head.size} entries) is not signed by this key`);
    return head;
  });
}

async function verifyLog(folder, headFiles, keyFile) {
  const files = readdirSync(folder).filter((name) => /^\d{20}\.jsonl$/.test(name));
  const keyPath = keyFile ?? join(folder, 'public-key.pem');
  const publicPem = existsSync(keyPath) || keyFile !== undefined ? readFileSync(keyPath, 'utf8') : null;
  const own = join(folder, 'heads.jsonl');
  const heads = [...(existsSync(own) ? [own] : []), ...headFiles].flatMap((path) => headsIn(path, publicPem));
  const signed = new Map();
  for (const head of heads) signed.set(head.size, [...(signed.get(head.size) ?? []), head]);

  let entries = 0;
  let previous = '0'.repeat(64);
  for (const [index, file] of files.sort().entries()) {
    let line = 0;
    for await (const text of linesOf(join(folder, file), index === files.length - 1)) {
      line += 1;
      const where = `${file}:${line}`;
      const entry = parsed(text, where);
      if (entry.number !== entries + 1 || entry.prev_hash !== previous)
        throw new Fault(`${where}: entry ${entry.number} stands where entry ${entries + 1} should follow`);
      const hash = sha256(JSON.stringify(pick(entry, FIELDS)));
      if (entry.hash !== hash || entry.event_id !== `audit_${hash.slice(0, 16)}`)
        throw new Fault(`${where}: entry ${entry.number} was altered`);
      previous = hash;
      entries += 1;
      const other = signed.get(entries)?.find(({ head }) => head !== hash);
      if (other) throw new Fault(`${where}: entry ${entries} is not the one that was signed on ${other.at}`);
    }
  }
  const owed = heads.find(({ size }) => size > entries);
  if (owed) throw new Fault(`${owed.size} entries were signed on ${owed.at}, ${entries} are there`);
  return { entries, head: previous, heads: heads.length };
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { head: { type: 'string', multiple: true, default: [] }, 'public-key': { type: 'string' } },
  });
  if (positionals.length !== 1)
    throw new Error('usage: verify-audit.mjs <audit folder> [--head FILE]… [--public-key FILE]');
  const { entries, head, heads } = await verifyLog(positionals[0], values.head, values['public-key']);
  process.stdout.write(`sound: ${entries} entries, head ${head}, ${heads} signed heads met\n`);
} catch (error) {
  const isFault = error instanceof Fault;
  process.stderr.write(`${isFault ? 'not as written' : 'cannot verify'}: ${error.message}\n`);
  process.exitCode = isFault ? 1 : 2;
}
