// What the audit log tells of a run: whether it is whole, by the stand-alone verifier, and which records each operation
// names, by its lines.

import { spawnSync } from 'node:child_process';
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SCRIPT = join(import.meta.dirname, '../../verify-audit.mjs');

export interface AuditFacts {
  /** What the verifier found; null: it is whole. */
  readonly fault: string | null;
  readonly entries: number;
  /** Bytes. */
  readonly longestLine: number;
  /** By operation. */
  readonly targets: ReadonlyMap<string, ReadonlySet<string>>;
}

export async function verifyAudit(folder: string): Promise<AuditFacts> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, folder], { encoding: 'utf8' });
  const targets = new Map<string, Set<string>>();
  let entries = 0;
  let longestLine = 0;
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()) {
    for await (const line of createInterface({ input: createReadStream(join(folder, file)) })) {
      const {
        operation,
        outcome,
        target_message_ids: ids,
      } = JSON.parse(line) as {
        readonly operation: string;
        readonly outcome: string;
        readonly target_message_ids: readonly string[];
      };
      entries += 1;
      longestLine = Math.max(longestLine, line.length);
      if (outcome !== 'done') continue;
      const known = targets.get(operation) ?? new Set();
      for (const id of ids) known.add(id);
      targets.set(operation, known);
    }
  }
  return { fault: status === 0 ? null : `${stdout}${stderr}`.trim(), entries, longestLine, targets };
}
