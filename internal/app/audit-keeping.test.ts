// When retention may act: what goes is what the record says that is in the log, also where planning went on meanwhile.

import { expect, it } from 'vitest';
import type { Command } from '../domain/command.ts';
import type { Effect } from '../domain/effect.ts';
import { asPosition } from '../domain/ids.ts';
import { anAuditLog } from '../testing/fixtures/an-audit-log.ts';
import { AuditKeeping, RETENTION } from './audit-keeping.ts';

/** As the core puts it on record. */
function recordOf(command: Command | undefined, at: number): Effect {
  if (command?.type !== 'put-on-record') throw new Error('a record was asked for');
  const { operator, operation, prior, resulting } = command;
  const facts = { operation, outcome: 'done', targets: [], prior, resulting };
  return {
    type: 'audited',
    at: asPosition(at),
    gated: true,
    peer: null,
    action: { type: 'operator-action', atMs: 0, operator, ...facts },
  };
}

it('takes no record of an earlier plan for leave to carry out a later one, which removes more', () => {
  const log = anAuditLog({ bytesMax: 3_000 });
  const asked: Command[] = [];
  const keeping = new AuditKeeping({
    store: log.store,
    observe: () => undefined,
    submit: (commands) => void asked.push(...commands),
    isInLog: () => true,
    pinned: () => false,
  });
  const planned = (): Command | undefined => {
    log.fill(30);
    log.seal();
    keeping.plan(log.nowMs);
    return asked.at(-1);
  };
  const earlier = planned();
  const later = planned();
  expect(asked).toMatchObject([{ operation: RETENTION }, { operation: RETENTION }]);
  const look = (): number => {
    keeping.look(log.nowMs);
    log.disk.settle();
    return log.store.status.removed;
  };
  keeping.see(recordOf(earlier, 100));
  expect(look()).toBe(0);
  keeping.see(recordOf(later, 101));
  expect(later).toMatchObject({ resulting: [{ through: look() }] });
  expect(log.store.status.removed).toBeGreaterThan(30);
});
