// Actor and reason are kept for ever and shown on terminals: what would move about there is refused, and the refusal's own
// record has none of it either.

import { expect, it } from 'vitest';
import { anEngine, type Word } from '../../testing/fixtures/an-engine.ts';

interface Line {
  readonly actor: string;
  readonly requested_reason: string;
  readonly outcome: string;
  readonly request_id?: string;
}

async function anOperator() {
  const broker = await anEngine();
  const operator = broker.admin.connect();
  const ask = (word: string, args: object): Word => broker.operate(operator, word, args);
  const lines = (): readonly Line[] => (ask('audit.list', {})['result'] as { readonly items: readonly Line[] }).items;
  return { ask, lines };
}

const LETTER = { id: 'm1', topic: 'a', payload: '' };

it.each([
  ['an actor with a NUL', { actor: 'ann\u0000' }],
  ['an actor of two lines', { actor: 'ann\nbob' }],
  ['an actor with a tab', { actor: 'ann\tbob' }],
  ['an actor that paints', { actor: '\u001b[2Jann' }],
  ['an actor with a C1 control', { actor: '\u009bann' }],
  ['an actor whose control is beyond what is kept', { actor: `${'a'.repeat(300)}\u0007` }],
  ['a reason that paints', { reason: '\u001b]0;title\u0007' }],
  ['a reason that goes back over its line', { reason: 'good\rbad!' }],
  ['a request id with a control', { request_id: 'r\u0085' }],
])('refuses %s, for each kind of change', async (_what, said) => {
  const { ask, lines } = await anOperator();
  const words = [
    ['queues.declare', { queue: 'q' }],
    ['dlq.purge', { all: true, confirm: 'PURGE' }],
    ['dlq.dead_letter', LETTER],
  ] as const;
  for (const [word, args] of words) {
    expect(ask(word, { ...args, ...said })).toMatchObject({ ok: false, error: { code: 'INVALID_ARGUMENT' } });
  }
  expect(lines()).toHaveLength(words.length);
  for (const line of lines()) {
    expect(line.outcome).toBe('INVALID_ARGUMENT');
    expect(`${line.actor}${line.requested_reason}${line.request_id}`).not.toMatch(/\p{Cc}/u);
  }
});

it('refuses an import in the name of such an actor', async () => {
  const { ask } = await anOperator();
  const args = { actor: 'ann\n', path: '/nowhere' };
  expect(ask('import.dlq', args)).toMatchObject({ ok: false, error: { code: 'INVALID_ARGUMENT' } });
});

it('refuses a dead letter whose own reason would paint', async () => {
  const { ask } = await anOperator();
  const said = { ...LETTER, dead_letter_reason: '\u001b[31m' };
  expect(ask('dlq.dead_letter', said)).toMatchObject({ ok: false, error: { code: 'INVALID_ARGUMENT' } });
});

it('keeps a reason of several lines with columns, and names in any script, to the letter', async () => {
  const { ask, lines } = await anOperator();
  const said = { actor: 'Ægir 漢 👩‍🔧', reason: 'orders\t12\nbills\t7\u2028', request_id: 'r-1' };
  expect(ask('queues.declare', { queue: 'q', ...said })).toMatchObject({ ok: true });
  expect(lines()).toMatchObject([
    { actor: said.actor, requested_reason: said.reason, request_id: 'r-1', outcome: 'done' },
  ]);
});
