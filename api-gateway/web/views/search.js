// Finds a message by its id: among the dead letters, where the broker looks it up, and in the queues, which are read page by
// page. Invariant: a search reads a bounded number of messages before it asks whether to go on.

import { ask, step } from '../api.js';
import { Badge, Failure, Field, Heading, Panel, sentBy, Table, Tenant, Text, Time } from '../parts.js';
import { go, to } from '../router.js';
import { count } from '../text.js';
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { LetterLink } from './dead-letters.js';

const PAGE = 100;
const READ_MAX = 20_000;
const FOUND_MAX = 200;
const QUEUES_PAGE = 500;

const columns = [
  {
    head: 'Where',
    cell: ({ isDead }) =>
      isDead ? html`<${Badge} tone="warn">dead letter<//>` : html`<${Badge} tone="good">queue<//>`,
  },
  {
    head: 'Message',
    wide: true,
    cell: ({ isDead, item }) =>
      isDead
        ? html`<${LetterLink} letter=${item} />`
        : html`<a href=${to('queues/one', { queue: item.queue, tenant: item.tenant_id, sequence: item.sequence })}><${Text} value=${item.message_id} max=${60} /></a>`,
  },
  {
    head: 'Queue',
    wide: true,
    cell: ({ item }) => html`<${Text} value=${item.queue} max=${60} /><${Tenant} id=${item.tenant_id} />`,
  },
  { head: 'Topic', wide: true, cell: ({ item }) => html`<${Text} value=${item.topic} max=${60} />` },
  { head: 'State', cell: ({ item }) => html`<${Text} value=${item.status} max=${30} />` },
  { head: 'Accepted', cell: ({ item }) => html`<${Time} value=${item.accepted_at} />` },
  { head: 'No.', number: true, cell: ({ item }) => count(item.sequence) },
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
  const [state, setState] = useState({ found: [], read: 0, isDone: false, isPaused: false, problem: null });
  const goOn = useRef(() => undefined);
  useEffect(() => {
    const end = new AbortController();
    const told = (change) => !end.signal.aborted && setState((before) => ({ ...before, ...change(before) }));
    const pause = () =>
      new Promise((resolve) => {
        goOn.current = () => {
          told(() => ({ isPaused: false }));
          resolve();
        };
        told(() => ({ isPaused: true }));
      });
    search({ id, queue, signal: end.signal, told, pause }).then(
      () => told(() => ({ isDone: true })),
      (problem) => told(() => ({ isDone: true, problem })),
    );
    return () => end.abort();
  }, [id, queue]);

  const { found, read, isDone, isPaused, problem } = state;
  return html`<${Panel} title=${html`<${Text} value=${id} max=${80} />`} tools=${html`<a href=${to('audit', { id })}>Audit events of this id</a>`}>
    <${Failure} problem=${problem} />
    <p class="note" role="status">
      ${isDone ? 'Looked' : isPaused ? 'Stopped after looking' : 'Looking'} at ${count(read)} messages and the dead letters${isDone || isPaused ? '.' : '\u2026'}
      ${isPaused && html` <button type="button" onClick=${() => goOn.current()}>Go on</button>`}
    </p>
    ${(found.length > 0 || isDone) && html`<${Table} label="Found" columns=${columns} items=${found} keyOf=${({ item }) => `${item.tenant_id}/${item.queue}/${item.sequence}`} empty="There is no such message." />`}
  <//>`;
}

async function search({ id, queue, signal, told, pause }) {
  const found = (isDead, items) =>
    told((before) => ({ found: [...before.found, ...items.map((item) => ({ isDead, item }))].slice(0, FOUND_MAX) }));
  const queues = await queuesOf(queue, signal);
  found(true, await lettersOf(id, queue, queues, signal));
  let budget = READ_MAX;
  for (const { queue: name, tenant_id: tenant, depth } of queues) {
    let after;
    while (depth > 0) {
      const query = { tenant_id: tenant, limit: PAGE, body_bytes: 0, after };
      const { items, next } = await ask(`queues/${step(name)}/messages`, { query, signal });
      // A dead letter may be told among a queue's messages too.
      found(
        false,
        items.filter((item) => item.message_id === id && item.status !== 'dead'),
      );
      told(({ read }) => ({ read: read + items.length }));
      budget -= items.length;
      if (next === null) break;
      after = next;
      if (budget > 0) continue;
      await pause();
      budget = READ_MAX;
    }
  }
}

async function queuesOf(name, signal) {
  if (name !== '') return [await ask(`queues/${step(name)}`, { signal })];
  const queues = [];
  let after;
  do {
    const { items, next } = await ask('queues', { query: { limit: QUEUES_PAGE, after }, signal });
    queues.push(...items);
    after = next;
  } while (after !== null);
  return queues;
}

/** One look is enough for most; an id that several records have is asked for queue by queue. */
async function lettersOf(id, queue, queues, signal) {
  const look = async (query) => {
    try {
      return [await ask(`dlq/records/${step(id)}`, { query: { ...query, body_bytes: 0 }, signal })];
    } catch (problem) {
      if (problem.code === 'DEAD_LETTER_NOT_FOUND') return [];
      if (problem.code === 'AMBIGUOUS_ID') return null;
      throw problem;
    }
  };
  const only = await look({ queue });
  if (only !== null) return only;
  const letters = [];
  for (const { queue: name, tenant_id: tenant, dead_letters: dead } of queues) {
    if (dead === 0) continue;
    const one = await look({ queue: name, tenant_id: tenant });
    letters.push(...(one ?? (await allOf(id, name, tenant, signal))));
  }
  return letters;
}

/** Several of one id in one queue: read through its dead letters. */
async function allOf(id, queue, tenant, signal) {
  const letters = [];
  let after;
  let read = 0;
  do {
    const { items, next } = await ask('dlq/records', {
      query: { queue, tenant_id: tenant, limit: PAGE, body_bytes: 0, after },
      signal,
    });
    letters.push(...items.filter((item) => item.message_id === id));
    read += items.length;
    after = next;
  } while (after !== null && read < READ_MAX && letters.length < FOUND_MAX);
  return letters;
}
