// An entry of the audit log as a line of the broker's log: whoever reads it finds the entry, and what it was about.

import { pino } from 'pino';
import { expect, it } from 'vitest';
import { type AuditFields, GENESIS, readLine, writeLine } from '../../pkg/audit/index.ts';
import { logAction } from './action-log.ts';

function told(over: Partial<AuditFields>): Record<string, unknown> {
  const lines: string[] = [];
  const fields: AuditFields = {
    number: 12,
    actor: 'olivia',
    timestamp: '2026-03-21T10:00:00.000Z',
    operation: 'purge_dead_letter',
    outcome: 'done',
    target_message_ids: ['m1', 'm2'],
    requested_reason: 'clean-up',
    prior_state: [{ queue: 'orders', tenant_id: 'a' }],
    resulting_state: [{ count: 2, job: 7 }],
    position: 1,
    index: 0,
    ...over,
  };
  const line = readLine(writeLine(fields, GENESIS).text);
  if (line === null) throw new Error('a line was written');
  logAction(pino({ level: 'info' }, { write: (text) => void lines.push(text) }), line);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

it('has the number of the entry, and actor, queue, tenant, job and messages', () => {
  expect(told({})).toMatchObject({
    level: 30,
    audit: 12,
    event: expect.stringMatching(/^audit_[0-9a-f]{16}$/),
    actor: 'olivia',
    operation: 'purge_dead_letter',
    outcome: 'done',
    reason: 'clean-up',
    queue: 'orders',
    tenant: 'a',
    job: 7,
    messages: ['m1', 'm2'],
    msg: 'operator action',
  });
});

it('names the first of very many messages, and how many there are', () => {
  const line = told({ target_message_ids: Array.from({ length: 256 }, (_none, index) => `m${index}`) });
  expect(line['messages']).toHaveLength(16);
  expect(line).toMatchObject({ messagesTotal: 256 });
});

it('warns of a refusal, and not of how a job ended', () => {
  expect(told({ outcome: 'CONFIRMATION_REQUIRED' })).toMatchObject({ level: 40, msg: 'operator action refused' });
  expect(told({ operation: 'purge_job', outcome: 'cancelled' })).toMatchObject({ level: 30 });
});
