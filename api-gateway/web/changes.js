// Every change that operators order here besides replays and purges of dead letters: what each is called, what it asks
// for, and what it sends. A change of nothing but what goes in or out says so; one that throws messages away takes a word.

import { ask, step } from './api.js';
import { Tenant, Text } from './parts.js';
import { count } from './text.js';
import { html } from './vendor/preact.js';

const post = (path, body) => ask(path, { method: 'POST', body });

/** Only what was filled in: the broker has defaults for the rest. */
const filled = (fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== undefined));

const linesOf = (text) => text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
const numberOf = (text) => (text === '' ? '' : Number(text));

const named = (name, tenant) => html`<${Text} value=${name} max=${200} /><${Tenant} id=${tenant} />`;
const pathOf = ({ queue }) => `queues/${step(queue)}`;
const tenantOf = ({ tenant_id: tenant }) => filled({ tenant_id: tenant });
const messages = (n) => `${count(n)} ${n === 1 ? 'message' : 'messages'}`;

const TENANT = { name: 'tenant', label: 'Tenant', hint: 'The default one, when left empty.' };
const patternLines = (isRequired) => ({
  name: 'patterns',
  label: 'Topics',
  kind: 'lines',
  isWide: true,
  isRequired,
  hint: 'One pattern a line, such as orders.> or orders.*.paid.',
});

const POLICY = [
  { name: 'lease_ms', label: 'Lease in ms', hint: 'Time to work on a message.' },
  { name: 'attempts_max', label: 'Attempts', hint: 'Failures after which a message is dead.' },
  { name: 'backoff_initial_ms', label: 'First delay in ms', hint: 'Before the second attempt.' },
  { name: 'backoff_max_ms', label: 'Longest delay in ms' },
];

export const declareQueue = () => ({
  title: 'Declare a queue',
  verb: 'Declare',
  lead: 'A queue that is there stays as it is. Policies have defaults.',
  fields: [
    { name: 'queue', label: 'Queue', isRequired: true },
    TENANT,
    patternLines(false),
    ...POLICY.map((field) => ({ ...field, kind: 'number', min: 0 })),
  ],
  send: async ({ queue, tenant, patterns, ...fields }, record) => {
    const policy = Object.fromEntries(POLICY.map(({ name }) => [name, numberOf(fields[name])]));
    const body = { ...filled({ tenant_id: tenant, ...policy }), patterns: linesOf(patterns), ...record };
    await ask(`queues/${step(queue)}`, { method: 'PUT', body });
    return { queue, tenant };
  },
});

export const bindQueue = (queue) => ({
  title: 'Bind topics',
  verb: 'Bind',
  told: [['Queue', named(queue.queue, queue.tenant_id)]],
  fields: [patternLines(true)],
  send: ({ patterns }, record) =>
    post(`${pathOf(queue)}/bindings`, { ...tenantOf(queue), patterns: linesOf(patterns), ...record }),
});

const STEERING = {
  pause: {
    title: 'Pause a queue',
    verb: 'Pause',
    lead: 'Nothing is handed over until somebody resumes it, also after a restart. Messages still come in, and what consumers hold stays theirs.',
  },
  drain: {
    title: 'Drain a queue',
    verb: 'Drain',
    lead: 'Nothing new is taken until somebody resumes it, also after a restart: publishers are refused. What is there is handed over.',
  },
  resume: { title: 'Resume a queue', verb: 'Resume', lead: 'It takes and hands over messages again.' },
};

export const steerQueue = (word, queue) => ({
  ...STEERING[word],
  told: [
    ['Queue', named(queue.queue, queue.tenant_id)],
    ['Waiting', messages(queue.depth - queue.leased)],
    ['Held by consumers', messages(queue.leased)],
  ],
  send: (_fields, record) => post(`${pathOf(queue)}/${word}`, { ...tenantOf(queue), ...record }),
});

export const purgeQueue = (queue) => ({
  title: 'Purge a queue',
  verb: 'Purge',
  isDanger: true,
  word: 'PURGE',
  lead: 'All messages that wait are thrown away. Those that a consumer holds stay, and so do dead letters.',
  told: [
    ['Queue', named(queue.queue, queue.tenant_id)],
    ['Thrown away', messages(queue.ready + queue.waiting_retry + (queue.scheduled ?? 0))],
    ['Stay with consumers', messages(queue.leased)],
  ],
  send: ({ confirm }, record) => post(`${pathOf(queue)}/purge`, { ...tenantOf(queue), confirm, ...record }),
  said: ({ purged }) => `${messages(purged)} thrown away.`,
});

export const deleteQueue = (queue) => ({
  title: 'Delete a queue',
  verb: 'Delete',
  leadsTo: 'queues',
  isDanger: true,
  word: ({ force }) => (force ? 'PURGE' : null),
  lead: 'The queue goes, and so do the routes that lead to it.',
  told: [
    ['Queue', named(queue.queue, queue.tenant_id)],
    ['Messages in it', count(queue.depth)],
    ['Dead letters', count(queue.dead_letters)],
    ['Consumers', count(queue.consumers)],
  ],
  fields: [
    {
      name: 'force',
      kind: 'check',
      isWide: true,
      label: 'Also with messages, dead letters and consumers',
      hint: 'They are thrown away with it. Otherwise it must be empty and without consumers.',
    },
  ],
  send: ({ force }, record) =>
    ask(pathOf(queue), {
      method: 'DELETE',
      query: { ...tenantOf(queue), ...(force ? { force: 'true' } : {}), ...record },
    }),
});

export const addRoute = () => ({
  title: 'Add a route',
  verb: 'Add',
  lead: 'The route of the same pattern, type and queue is changed.',
  fields: [
    { name: 'pattern', label: 'Pattern', isRequired: true, hint: 'Such as orders.>' },
    { name: 'route_type', label: 'Type', kind: 'choice', options: ['direct', 'fanout'], value: 'direct' },
    { name: 'destination_id', label: 'Queue', hint: 'Of a direct route; it is declared if it is not there.' },
    { name: 'priority', label: 'Priority', kind: 'number', hint: 'Among routes of one class the highest comes first.' },
    TENANT,
    {
      name: 'exclusive',
      label: 'Exclusive',
      kind: 'check',
      hint: 'Where it comes first, no other route is taken.',
    },
    { name: 'disabled', label: 'Disabled', kind: 'check', hint: 'It is kept and leads nowhere.' },
  ],
  send: ({ pattern, route_type: type, destination_id: queue, priority, tenant, exclusive, disabled }, record) =>
    post('routes', {
      ...filled({ pattern, route_type: type, destination_id: queue, priority: numberOf(priority), tenant }),
      exclusive,
      enabled: !disabled,
      ...record,
    }),
});

export const removeRoute = ({ pattern, destination_id: queue, route_type: type, tenant }) => ({
  title: 'Remove a route',
  verb: 'Remove',
  isDanger: true,
  lead: 'Topics of this pattern lead there no more. Messages that are in queues stay.',
  told: [
    ['Pattern', named(pattern, tenant)],
    queue === '' ? ['Type', html`<${Text} value=${type} />`] : ['Queue', html`<${Text} value=${queue} max=${200} />`],
  ],
  // A destination that is empty means the one of fanout, one that is left out all of the pattern.
  send: (_fields, record) => {
    const which = new URLSearchParams({ pattern, destination_id: queue });
    return ask(`routes?${which}`, { method: 'DELETE', query: { tenant, ...record } });
  },
});

export const deadLetterByHand = () => ({
  title: 'Make a dead letter by hand',
  verb: 'Dead-letter',
  lead: 'For a message that was taken out elsewhere and is to be kept here, to be replayed or purged later.',
  fields: [
    { name: 'id', label: 'Message id', isRequired: true },
    { name: 'topic', label: 'Topic', isRequired: true },
    { name: 'consumer', label: 'Consumer', hint: 'Whose it was: the queue. The topic, when left empty.' },
    TENANT,
    { name: 'died', label: 'What it died of', hint: 'manual_admin_action, when left empty.' },
    { name: 'priority', label: 'Priority' },
    { name: 'payload', label: 'Body, as text', kind: 'lines', isWide: true },
  ],
  send: ({ id, topic, consumer, tenant, died, priority, payload }, record) =>
    post('dlq/dead-letter', {
      ...filled({ id, topic, consumer, tenant_id: tenant, priority, dead_letter_reason: died }),
      payload: base64Of(payload),
      ...record,
    }),
});

function base64Of(text) {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}

export const cancelJob = ({ job, kind }) => ({
  title: `Cancel job ${job}`,
  verb: 'Cancel the job',
  isDanger: true,
  lead: html`The <${Text} value=${kind} max=${30} /> ends where it stands. What it has done stays done.`,
  send: (_fields, record) => post(`jobs/${job}/cancel`, record),
});
