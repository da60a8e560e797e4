// Finds messages by their id: where each is, who holds it, and why its queue gives nothing. The broker looks through what it
// holds, piece by piece. Invariant: so many messages are looked through, and so many found, before somebody is asked
// whether to go on.

import { ask, step } from '../api.js';
import { Badge, Failure, Field, Heading, Panel, sentBy, Table, Tenant, Text, Time } from '../parts.js';
import { go, to } from '../router.js';
import { count } from '../text.js';
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { LetterLink } from './dead-letters.js';

const PAGE = 25;
const READ_MAX = 200_000;
const FOUND_MAX = 200;

const STATES = {
  ready: ['ready', 'calm'],
  leased: ['leased', 'good'],
  waiting_retry: ['waiting for a retry', 'warn'],
  scheduled: ['due later', 'calm'],
  dead_letter: ['dead letter', 'warn'],
};

function State({ item: { state } }) {
  const [told, tone] = Object.hasOwn(STATES, state) ? STATES[state] : [state, 'calm'];
  return html`<${Badge} tone=${tone}><${Text} value=${told} max=${30} /><//>`;
}

/** What is known of a message beyond its state. */
function Story({ item, whys }) {
  const { lease, dead_letter: letter } = item;
  const due = item.retry_at ?? item.due_at ?? null;
  if (lease !== null) {
    return html`with <${Text} value=${lease.consumer_id} max=${60} /> until <${Time} value=${lease.until} full />`;
  }
  if (letter !== null) return html`<${Text} value=${letter.reason || letter.cause} max=${120} />`;
  if (due !== null) return html`due <${Time} value=${due} full />`;
  const why = whys.get(placeOf(item));
  return why === undefined || why.dispatching ? null : html`<${Text} value=${why.detail} max=${160} />`;
}

const placeOf = ({ tenant_id: tenant, queue }) => JSON.stringify([tenant, queue]);

const columnsOver = (whys) => [
  { head: 'State', cell: (item) => html`<${State} item=${item} />` },
  {
    head: 'Message',
    wide: true,
    cell: (item) =>
      item.state === 'dead_letter'
        ? html`<${LetterLink} letter=${item} />`
        : html`<a href=${to('queues/one', { queue: item.queue, tenant: item.tenant_id, sequence: item.sequence })}><${Text} value=${item.message_id} max=${60} /></a>`,
  },
  {
    head: 'Queue',
    wide: true,
    cell: (item) => html`<${Text} value=${item.queue} max=${60} /><${Tenant} id=${item.tenant_id} />`,
  },
  { head: 'How it stands', wide: true, cell: (item) => html`<${Story} item=${item} whys=${whys} />` },
  { head: 'Topic', wide: true, cell: ({ topic }) => html`<${Text} value=${topic} max=${60} />` },
  { head: 'Accepted', cell: (item) => html`<${Time} value=${item.accepted_at} />` },
  { head: 'No.', number: true, cell: ({ sequence }) => count(sequence) },
];

export function Search({ params: { id = '', queue = '' } }) {
  const input = useRef(null);
  useEffect(() => {
    if (id === '') input.current?.focus();
  }, []);
  const submit = (event) => {
    event.preventDefault();
    const sent = sentBy(event);
    go('search', { id: sent.id.trim(), queue: sent.queue.trim() });
  };
  return html`
    <${Heading} title="Search" />
    <form class="bar search" onSubmit=${submit}>
      <${Field} label="Message id"><input ref=${input} name="id" type="search" required autocomplete="off" spellcheck="false" defaultValue=${id} /><//>
      <${Field} label="Queue, or all when empty"><input name="queue" autocomplete="off" spellcheck="false" defaultValue=${queue} /><//>
      <button class="primary" type="submit">Search</button>
    </form>
    ${
      id === ''
        ? html`<p class="note">Exactly this id, among the dead letters and the messages that wait. What was acknowledged is gone; <a href=${to('audit')}>the audit log</a> tells what operators did.</p>`
        : html`<${Results} id=${id} queue=${queue} />`
    }
  `;
}

function Results({ id, queue }) {
  const [state, setState] = useState({ found: [], whys: new Map(), read: 0, problem: null, stands: 'looking' });
  const goOn = useRef(() => undefined);
  useEffect(() => {
    const end = new AbortController();
    const told = (change) => !end.signal.aborted && setState((before) => ({ ...before, ...change(before) }));
    const pause = () =>
      new Promise((resolve) => {
        goOn.current = () => {
          told(() => ({ stands: 'looking' }));
          resolve();
        };
        told(() => ({ stands: 'paused' }));
      });
    search({ id, queue, signal: end.signal, told, pause }).then(
      () => told(() => ({ stands: 'done' })),
      (problem) => told(() => ({ stands: 'failed', problem })),
    );
    return () => end.abort();
  }, [id, queue]);

  const { found, whys, read, problem, stands } = state;
  const isOver = stands === 'done' || stands === 'failed';
  return html`<${Panel} title=${html`<${Text} value=${id} max=${80} />`} tools=${html`<a href=${to('audit', { id })}>Audit events of this id</a>`}>
    <${Failure} problem=${problem} />
    <p class="note" role="status">
      ${isOver ? 'Looked' : stands === 'paused' ? 'Stopped after looking' : 'Looking'} at ${count(read)} messages${stands === 'looking' ? '\u2026' : '.'}
      ${stands === 'paused' && html` <button type="button" onClick=${() => goOn.current()}>Go on</button>`}
    </p>
    ${
      (found.length > 0 || stands === 'done') &&
      html`<${Table}
      label="Found"
      columns=${columnsOver(whys)}
      items=${found}
      keyOf=${({ tenant_id: tenant, queue: name, sequence }) => JSON.stringify([tenant, name, sequence])}
      empty="There is no such message. What was acknowledged or purged is gone."
    />`
    }
  <//>`;
}

async function search({ id, queue, signal, told, pause }) {
  let budget = READ_MAX;
  let after;
  do {
    if (budget <= 0) {
      await pause();
      budget = READ_MAX;
    }
    const query = { queue, limit: PAGE, after };
    const { items, queues, searched, next } = await ask(`messages/${step(id)}`, { query, signal });
    told(({ found, whys, read }) => ({
      found: [...found, ...items].slice(0, FOUND_MAX),
      whys: new Map([...whys, ...queues.map((why) => [placeOf(why), why])]),
      read: read + searched,
    }));
    budget -= searched + items.length * (READ_MAX / FOUND_MAX);
    after = next;
  } while (after !== null);
}
