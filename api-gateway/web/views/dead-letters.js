// Dead letters: in groups that died of the same, or one by one; narrowed by a filter that stands in the address.

import { Change } from '../change.js';
import { deadLetterByHand } from '../changes.js';
import { RoleButton } from '../may.js';
import { Order } from '../order.js';
import { Badge, Failure, Field, Heading, Pager, sentBy, Table, Tenant, Text, Time } from '../parts.js';
import { usePaged, usePolled } from '../polling.js';
import { go, to } from '../router.js';
import { count } from '../text.js';
import { html, useEffect, useState } from '../vendor/preact.js';

const EVERY_MS = 3_000;
const LIMIT = 50;
const SELECTED_MAX = 1_000;

const FILTERS = [
  ['queue', 'Queue'],
  ['tenant_id', 'Tenant'],
  ['consumer', 'Consumer'],
  ['topic', 'Topic'],
  ['record_reason', 'Reason'],
  ['fingerprint', 'Fingerprint'],
];

const filterOf = (params) =>
  Object.fromEntries(FILTERS.flatMap(([name]) => (params[name] ? [[name, params[name]]] : [])));

/** A queue's name is one of its tenant, so both are said or none. */
const selectionOf = (filter) => (filter.queue === undefined ? filter : { tenant_id: '', ...filter });

export function DeadLetters({ params, who }) {
  const filter = filterOf(params);
  const isList = params.show === 'records';
  const [order, setOrder] = useState(null);
  const [byHand, setByHand] = useState(false);
  const [turn, setTurn] = useState(0);
  const tab = (show, label) =>
    html`<a class="tab" href=${to('dead-letters', { ...filter, show })} aria-current=${isList === (show === 'records') ? 'true' : undefined}>${label}</a>`;
  return html`
    <${Heading} title="Dead letters">
      <div class="tabs" role="group" aria-label="Show">${tab('groups', 'Groups')} ${tab('records', 'Records')}</div>
      <${RoleButton} who=${who} role="redrive" start=${() => setByHand(true)}>By hand<//>
    <//>
    <${Filter} key=${JSON.stringify(filter)} filter=${filter} show=${isList ? 'records' : 'groups'} />
    ${isList ? html`<${Records} filter=${filter} who=${who} start=${setOrder} turn=${turn} />` : html`<${Groups} filter=${filter} who=${who} start=${setOrder} turn=${turn} />`}
    ${
      order !== null &&
      html`<${Order}
      ...${order}
      who=${who}
      close=${(isDone) => {
        setOrder(null);
        if (isDone) setTurn(turn + 1);
      }}
    />`
    }
    ${
      byHand &&
      html`<${Change}
      change=${deadLetterByHand()}
      who=${who}
      close=${(made) => {
        setByHand(false);
        if (made === null) return;
        const { message_id: id, queue, tenant_id: tenant, sequence } = made;
        go('dead-letters/one', { id, queue, tenant, sequence });
      }}
    />`
    }
  `;
}

function Filter({ filter, show }) {
  const isSet = Object.keys(filter).length > 0;
  const submit = (event) => {
    event.preventDefault();
    go('dead-letters', { ...sentBy(event), show });
  };
  return html`<details class="filter" open=${isSet}>
    <summary>Filter${isSet ? html` <${Badge} tone="good">${Object.keys(filter).length} set<//>` : null}</summary>
    <form onSubmit=${submit}>
      ${FILTERS.map(
        ([name, label]) => html`<${Field} label=${label}>
          <input name=${name} autocomplete="off" spellcheck="false" defaultValue=${filter[name] ?? ''} />
        <//>`,
      )}
      <div class="buttons">
        <button class="primary" type="submit">Apply</button>
        <a class="button" href=${to('dead-letters', { show })}>Clear</a>
      </div>
    </form>
  </details>`;
}

const value = (text) => html`<${Text} value=${text} max=${200} />`;
const toldOf = (filter) => FILTERS.flatMap(([name, label]) => (filter[name] ? [[label, value(filter[name])]] : []));

/** The two orders, each for those whose role allows it. */
export function OrderButtons({ who, replay, purge, suffix = '' }) {
  const button = (kind, role, start) =>
    html`<${RoleButton} who=${who} role=${role} start=${start}>${kind}${suffix}<//>`;
  return html`${button('Replay', 'redrive', replay)} ${button('Purge', 'admin', purge)}`;
}

function Groups({ filter, who, start, turn }) {
  const { data, problem, at, refresh } = usePolled({ path: 'dlq/groups', query: filter }, EVERY_MS);
  useEffect(refresh, [turn]);
  const orderOf = (kind, group) => () =>
    start({
      kind,
      selection: { fingerprint: group.fingerprint, queue: group.queue, tenant_id: group.tenant_id ?? '' },
      told: [
        ['Dead letters', `all ${count(group.count)} of this group`],
        ['Reason', value(group.reason)],
        ['Consumer', value(group.consumer_id)],
        ['Queue', value(group.queue)],
        ['Topic', value(group.topic)],
      ],
    });
  const columns = [
    {
      head: 'Reason',
      wide: true,
      cell: ({ reason, cause, fingerprint, queue, tenant_id: tenant }) =>
        html`<a href=${to('dead-letters', { show: 'records', fingerprint, queue, tenant_id: tenant })}><${Text} value=${reason || cause} max=${90} /></a>
          <div class="faint"><${Text} value=${cause} max=${40} /></div>`,
    },
    { head: 'Count', number: true, cell: (group) => html`<b>${count(group.count)}</b>` },
    { head: 'Topic', wide: true, cell: ({ topic }) => html`<${Text} value=${topic} max=${48} />` },
    {
      head: 'Queue',
      wide: true,
      cell: ({ queue, tenant_id: tenant }) =>
        html`<a href=${to('queues/one', { queue, tenant })}><${Text} value=${queue} max=${40} /></a><${Tenant} id=${tenant} />`,
    },
    { head: 'Consumer', wide: true, cell: (group) => html`<${Text} value=${group.consumer_id} max=${40} />` },
    { head: 'Newest', cell: (group) => html`<${Time} value=${group.newest_at} />` },
    {
      head: 'Do',
      cell: (group) =>
        html`<div class="buttons"><${OrderButtons} who=${who} replay=${orderOf('replay', group)} purge=${orderOf('purge', group)} /></div>`,
    },
  ];
  const items = data?.items ?? null;
  const shown = items?.reduce((sum, group) => sum + group.count, 0) ?? 0;
  return html`
    <${Failure} problem=${problem} at=${at} />
    <${Table} label="Groups of dead letters" columns=${columns} items=${items} keyOf=${({ fingerprint, queue, tenant_id: tenant }) => JSON.stringify([fingerprint, queue, tenant])} empty=${nothing(filter)} />
    ${data !== null && data.total > shown && html`<p class="note">${count(shown)} of ${count(data.total)} dead letters are in the groups above.</p>`}
  `;
}

const nothing = (filter) =>
  Object.keys(filter).length === 0
    ? 'Nothing died. What is given up on is kept here.'
    : 'No dead letter fits the filter.';

const keyOf = ({ tenant_id: tenant, queue, sequence }) => JSON.stringify([tenant, queue, sequence]);

function Records({ filter, who, start, turn }) {
  const list = usePaged('dlq/records', { ...filter, limit: LIMIT, body_bytes: 0 }, EVERY_MS);
  const [chosen, setChosen] = useState(new Map());
  useEffect(() => {
    if (turn > 0) setChosen(new Map());
    list.refresh();
  }, [turn]);
  const choosable = list.items?.filter(({ message_id: id }) => id !== undefined) ?? [];
  const isAll = choosable.length > 0 && choosable.every((letter) => chosen.has(keyOf(letter)));
  const choose = (letters, isIn) => {
    const next = new Map(chosen);
    for (const letter of letters) {
      if (!isIn) next.delete(keyOf(letter));
      else if (next.size < SELECTED_MAX) next.set(keyOf(letter), letter);
    }
    setChosen(next);
  };
  const isFiltered = Object.keys(filter).some((name) => name !== 'tenant_id');
  const orderOf = (kind) => {
    if (chosen.size > 0) return () => start({ kind, ...orderOfChosen([...chosen.values()]) });
    if (isFiltered)
      return () =>
        start({
          kind,
          selection: selectionOf(filter),
          told: [['Dead letters', 'all that fit the filter'], ...toldOf(filter)],
        });
    if (kind === 'replay') return null;
    return () =>
      start({
        kind,
        selection: { ...filter, all: true },
        told: [['Dead letters', html`<strong>all of them</strong>, of every queue`], ...toldOf(filter)],
      });
  };
  const columns = [
    {
      head: html`<input type="checkbox" aria-label="All of this page" checked=${isAll} onChange=${(event) => choose(choosable, event.target.checked)} />`,
      cell: (letter) => html`<input
        type="checkbox"
        aria-label="Choose"
        disabled=${letter.message_id === undefined}
        checked=${chosen.has(keyOf(letter))}
        onChange=${(event) => choose([letter], event.target.checked)}
      />`,
    },
    { head: 'Message', wide: true, cell: (letter) => html`<${LetterLink} letter=${letter} />` },
    { head: 'Reason', wide: true, cell: ({ reason, cause }) => html`<${Text} value=${reason || cause} max=${70} />` },
    { head: 'Topic', wide: true, cell: ({ topic }) => html`<${Text} value=${topic} max=${48} />` },
    {
      head: 'Queue',
      wide: true,
      cell: ({ queue, tenant_id: tenant }) => html`<${Text} value=${queue} max=${40} /><${Tenant} id=${tenant} />`,
    },
    { head: 'Consumer', wide: true, cell: (letter) => html`<${Text} value=${letter.consumer_id} max=${40} />` },
    { head: 'Attempts', number: true, cell: ({ attempt }) => count(attempt) },
    { head: 'Died', cell: (letter) => html`<${Time} value=${letter.dead_lettered_at} />` },
  ];
  const suffix = chosen.size > 0 ? ` ${count(chosen.size)} chosen` : isFiltered ? ' all of the filter' : '';
  return html`
    <div class="bar">
      <${OrderButtons} who=${who} replay=${orderOf('replay')} purge=${orderOf('purge')} suffix=${suffix} />
      ${chosen.size > 0 && html`<button type="button" class="link" onClick=${() => setChosen(new Map())}>Choose none</button>`}
      ${chosen.size === 0 && !isFiltered && html`<span class="faint">Choose some, or set a filter.</span>`}
    </div>
    <${Failure} problem=${list.problem} at=${list.at} />
    <${Table} label="Dead letters" columns=${columns} items=${list.items} keyOf=${keyOf} empty=${nothing(filter)} chosen=${(letter) => chosen.has(keyOf(letter))} />
    <${Pager} ...${list} />
  `;
}

export function LetterLink({ letter: { message_id: id, queue, tenant_id: tenant, sequence } }) {
  if (id === undefined) return html`<span class="faint">cannot be read</span>`;
  return html`<a href=${to('dead-letters/one', { id, queue, tenant, sequence })}><${Text} value=${id} max=${48} /></a>`;
}

/** Records that were picked one by one; of one queue, its name is said too, so that no other record of the id is meant. */
export function orderOfChosen(letters) {
  const [first] = letters;
  const isOneQueue = letters.every(
    ({ queue, tenant_id: tenant }) => queue === first.queue && tenant === first.tenant_id,
  );
  const place = isOneQueue ? { queue: first.queue, tenant_id: first.tenant_id } : {};
  const alone = letters.length === 1 ? { sequence: first.sequence } : {};
  const same = (name, label) =>
    letters.every((letter) => letter[name] === first[name]) ? [[label, value(first[name])]] : [[label, 'several']];
  return {
    selection: { ids: [...new Set(letters.map(({ message_id: id }) => id))], ...place, ...alone },
    told: [
      ['Dead letters', letters.length === 1 ? value(first.message_id) : `${count(letters.length)} that were chosen`],
      ...same('consumer_id', 'Consumer'),
      ...same('queue', 'Queue'),
      ...same('topic', 'Topic'),
    ],
  };
}
