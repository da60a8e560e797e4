// The earlier system's files as commands. What cannot be carried over is said, never dropped in silence.

import { readFile, stat } from 'node:fs/promises';
import { encodeBlock, FORM_EVENT, FORM_RAW } from '../../pkg/protocol/block.ts';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { isObject, parseObject } from '../../pkg/protocol/json.ts';
import { ENVELOPE_BYTES_MAX } from '../../pkg/protocol/limits.ts';
import type { Command } from '../domain/command.ts';
import type { Operator } from '../domain/event.ts';
import type { ImportCatalog, ImportedDeadLetter, OperatorRequest } from '../domain/operator-command.ts';
import { parseCatalog } from '../repository/catalog/catalog-file.ts';
import { type DlqFileRecord, parseDlqFile } from '../repository/catalog/dlq-file.ts';

/** Import files are read whole. */
const FILE_BYTES_MAX = 512 * 1024 * 1024;

/** What is not carried over is named up to here: the answer is one control message. */
const REFUSED_TOLD_MAX = 100;
const REFUSED_CHARACTERS_MAX = 400;

export async function readImportFile(path: string): Promise<Uint8Array> {
  // Asked before it is opened: a pipe or a device would be read for ever.
  const stats = await stat(path);
  if (!stats.isFile()) throw new TachyonError('INVALID_ARGUMENT', `${path} is not a file`);
  if (stats.size > FILE_BYTES_MAX) {
    throw new TachyonError('INVALID_ARGUMENT', `${path} has ${stats.size} bytes, at most ${FILE_BYTES_MAX}`);
  }
  return readFile(path);
}

/** The first of what is refused, each cut short, and how many more there are. */
function told(refused: readonly string[]): readonly string[] {
  const first = refused.slice(0, REFUSED_TOLD_MAX).map((line) => line.slice(0, REFUSED_CHARACTERS_MAX));
  return refused.length <= REFUSED_TOLD_MAX ? first : [...first, `and ${refused.length - REFUSED_TOLD_MAX} more`];
}

export function catalogCommand(
  bytes: Uint8Array,
  file: string,
  operator: Operator,
  request: OperatorRequest | null,
): { readonly command: ImportCatalog; readonly refused: readonly string[] } {
  const catalog = parseCatalog(bytes, file);
  const refused = catalog.refused.map(({ pattern, code, detail }) => `${pattern}: ${code} ${detail}`);
  return {
    command: {
      type: 'import-catalog',
      request,
      operator,
      digest: catalog.digest,
      routes: catalog.routes,
      refused: told(refused),
    },
    refused,
  };
}

export async function importCommand(
  kind: 'catalog' | 'dlq',
  path: string,
  request: OperatorRequest,
  messageBytesMax: number,
): Promise<Command> {
  const bytes = await readImportFile(path);
  if (kind === 'catalog') return catalogCommand(bytes, path, request.operator, request).command;
  const file = parseDlqFile(bytes, path);
  const refused = file.refused.map(({ id, code, detail }) => `${id}: ${code} ${detail}`);
  const fitting = file.records.filter(({ messageId, payload }) => {
    if (payload.length <= messageBytesMax) return true;
    refused.push(`${messageId}: PAYLOAD_TOO_LARGE ${payload.length} bytes, at most ${messageBytesMax}`);
    return false;
  });
  return {
    type: 'import-dead-letters',
    request,
    digest: file.digest,
    records: fitting.map(importedRecord),
    refused: told(refused),
  };
}

function importedRecord(record: DlqFileRecord): ImportedDeadLetter {
  const atMs = record.deadLetteredAtMs ?? 0;
  const isEvent = isObject(parseObject(record.payload, ENVELOPE_BYTES_MAX));
  return {
    tenant: record.tenant,
    queueName: record.consumer === '' ? record.topic : record.consumer,
    topic: record.topic,
    block: encodeBlock({
      topic: record.topic,
      messageId: record.messageId,
      form: isEvent ? FORM_EVENT : FORM_RAW,
      attributes: record.priority === '' ? null : { priority: record.priority },
      body: record.payload,
    }),
    atMs,
    reason: record.reason,
    history: [
      {
        attempt: Math.max(1, record.attempt),
        consumer: record.consumer,
        atMs,
        cause: 'imported',
        reason: record.reason,
      },
    ],
  };
}
