#!/usr/bin/env node
// Verifies the audit log of a broker from its files alone, with nothing but Node: for whoever will not take the broker's
// word for it. It shares no code with the broker on purpose. Usage:
//   node scripts/verify-audit.mjs <audit folder> [--head FILE]… [--public-key FILE]
// Heads and key that were kept elsewhere show that a log was cut, replaced or put back as it once was; those of the
// folder show it only as long as nobody changed them too. The log may begin later than with entry 1 where floor.json, a
// signed record, says that retention removed what was before. A line must be the one text that is written for its entry:
// what is added to it, named twice or spelled otherwise is found, though the entry that it is read as is the same.
// Exit code 0: sound; 1: not as written; 2: cannot be read.

import { isUtf8 } from 'node:buffer';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const FIELDS = ['number', 'actor', 'timestamp', 'operation', 'outcome', 'target_message_ids', 'requested_reason'];
FIELDS.push('request_id', 'prior_state', 'resulting_state', 'position', 'index', 'prev_hash');
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

/** Bytes that are no text would read as the same text as others do. */
function decoded(bytes, what) {
  if (!isUtf8(bytes)) throw new Fault(`${what} is no text`);
  return bytes.toString('utf8');
}

/** Lines of a file, one at a time, as bytes; what stands behind the last end of line of the last file is being written. */
async function* linesOf(path, isLast) {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, from)) {
      yield rest.subarray(from, end);
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > LINE_BYTES_MAX) throw new Fault(`${path} has a line that no broker wrote`);
  }
  // In the middle of a file that was followed by another nothing is being written: that is no line.
  if (rest.length > 0 && !isLast) yield Buffer.alloc(0);
}

const HEAD = ['size', 'head', 'at', 'key'];
const FLOOR = ['removed', 'hash', 'at', 'reason', 'key'];

/** A signed head as { size, hash, at }, or a signed floor, which says of itself that it is one. */
function signedMark(text, where, publicPem, isOwn) {
  const mark = parsed(text, where);
  if (publicPem === null) throw new Fault('there are signed heads and no public key');
  const isFloor = 'removed' in mark;
  const key = createPublicKey(publicPem);
  const name = sha256(key.export({ type: 'spki', format: 'der' })).slice(0, 16);
  const covered = Buffer.from(JSON.stringify(pick(mark, isFloor ? FLOOR : HEAD)));
  const size = isFloor ? mark.removed : mark.size;
  if (mark.key !== name || !verify(null, covered, key, Buffer.from(String(mark.signature), 'base64')))
    throw new Fault(`${where} (${isFloor ? 'removal of' : 'of'} ${size} entries) is not signed by this key`);
  if (!Number.isSafeInteger(size)) throw new Fault(`${where} is no signed head`);
  // Whoever keeps marks elsewhere may spell them as he likes.
  const signature = Buffer.from(mark.signature, 'base64').toString('base64');
  if (isOwn && JSON.stringify({ ...pick(mark, isFloor ? FLOOR : HEAD), signature }) !== text)
    throw new Fault(`${where} is not as it was written`);
  return { size, hash: isFloor ? mark.hash : mark.head, at: mark.at, isFloor, where };
}

function marksIn(path, publicPem, isOwn) {
  const texts = readFileSync(path, 'utf8').split('\n');
  // A head that is just being written is none yet.
  if (!texts.at(-1)?.endsWith('}')) texts.pop();
  return texts.map((text, index) => signedMark(text, `${path}: head ${index + 1}`, publicPem, isOwn));
}

/** What the folder says that retention removed; kept elsewhere, such a record may not be newer than the folder's own. */
function floorOf(folder, marks, publicPem) {
  const path = join(folder, 'floor.json');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : null;
  if (text !== null && !text.endsWith('\n')) throw new Fault(`${path} is not as it was written`);
  const floor = text === null ? null : signedMark(text.slice(0, -1), path, publicPem, true);
  if (floor !== null && !floor.isFloor) throw new Fault(`${path} is no record of removed entries`);
  const removed = floor?.size ?? 0;
  const newer = marks.find((mark) => mark.isFloor && mark.size > removed);
  if (newer)
    throw new Fault(`entries up to ${newer.size} were removed on ${newer.at}, and the log says up to ${removed}`);
  if (removed > 0 && !marks.some((mark) => !mark.isFloor && mark.size >= removed))
    throw new Fault(`entries up to ${removed} were removed, and no signed head covers them`);
  return floor;
}

async function verifyLog(folder, headFiles, keyFile) {
  const files = readdirSync(folder).filter((name) => /^\d{20}\.jsonl$/.test(name));
  const keyPath = keyFile ?? join(folder, 'public-key.pem');
  const publicPem = existsSync(keyPath) || keyFile !== undefined ? readFileSync(keyPath, 'utf8') : null;
  const own = join(folder, 'heads.jsonl');
  const ownMarks = existsSync(own) ? marksIn(own, publicPem, true) : [];
  const marks = [...ownMarks, ...headFiles.flatMap((path) => marksIn(path, publicPem, false))];
  const floor = floorOf(folder, marks, publicPem);
  if (floor !== null) marks.push(floor);
  const signed = new Map();
  for (const mark of marks) signed.set(mark.size, [...(signed.get(mark.size) ?? []), mark]);
  const meet = (number, hash, where) => {
    const other = signed.get(number)?.find((mark) => mark.hash !== hash);
    if (other) throw new Fault(`${where}: entry ${number} is not the one that was signed on ${other.at}`);
  };

  let entries = 0;
  let removed = 0;
  let previous = '0'.repeat(64);
  for (const [index, file] of files.sort().entries()) {
    let line = 0;
    for await (const bytes of linesOf(join(folder, file), index === files.length - 1)) {
      line += 1;
      const where = `${file}:${line}`;
      const text = decoded(bytes, where);
      const entry = parsed(text, where);
      // That what is below the floor and still there is of this chain shows when the floor is met.
      if (entries === 0 && entry.number > 1 && entry.number - 1 <= (floor?.size ?? 0)) {
        removed = entries = entry.number - 1;
        previous = entry.prev_hash;
        meet(entries, previous, where);
      }
      if (entry.number !== entries + 1 || entry.prev_hash !== previous)
        throw new Fault(`${where}: entry ${entry.number} stands where entry ${entries + 1} should follow`);
      const covered = JSON.stringify(pick(entry, FIELDS));
      const hash = sha256(covered);
      if (text !== `{"event_id":"audit_${hash.slice(0, 16)}",${covered.slice(1, -1)},"hash":"${hash}"}`)
        throw new Fault(`${where}: entry ${entry.number} was altered`);
      previous = hash;
      entries += 1;
      meet(entries, hash, where);
    }
  }
  const owed = marks.find(({ size }) => size > entries);
  if (owed) throw new Fault(`${owed.size} entries were signed on ${owed.at}, ${entries} are there`);
  const met = marks.filter((mark) => !mark.isFloor && mark.size >= removed).length;
  return { entries, head: previous, heads: met, removed, at: floor?.at };
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { head: { type: 'string', multiple: true, default: [] }, 'public-key': { type: 'string' } },
  });
  if (positionals.length !== 1)
    throw new Error('usage: verify-audit.mjs <audit folder> [--head FILE]… [--public-key FILE]');
  const { entries, head, heads, removed, at } = await verifyLog(positionals[0], values.head, values['public-key']);
  const without = removed === 0 ? '' : `, of which 1 to ${removed} were removed by retention (signed on ${at})`;
  process.stdout.write(`sound: ${entries} entries${without}, head ${head}, ${heads} signed heads met\n`);
} catch (error) {
  const isFault = error instanceof Fault;
  process.stderr.write(`${isFault ? 'not as written' : 'cannot verify'}: ${error.message}\n`);
  process.exitCode = isFault ? 1 : 2;
}
