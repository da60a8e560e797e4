// All routes: which topics lead where, and a way to add and remove them.

import { Change } from '../change.js';
import { addRoute, removeRoute } from '../changes.js';
import { RoleButton } from '../may.js';
import { Badge, Failure, Heading, Pager, Table, Tenant, Text } from '../parts.js';
import { usePaged } from '../polling.js';
import { to } from '../router.js';
import { count } from '../text.js';
import { html, useState } from '../vendor/preact.js';

const EVERY_MS = 5_000;
const LIMIT = 100;

export const routeColumns = [
  {
    head: 'Pattern',
    wide: true,
    cell: ({ pattern, tenant }) => html`<code><${Text} value=${pattern} /></code><${Tenant} id=${tenant} />`,
  },
  {
    head: 'Leads to',
    wide: true,
    cell: ({ destination_id: queue, tenant }) =>
      queue
        ? html`<a href=${to('queues/one', { queue, tenant })}><${Text} value=${queue} max=${60} /></a>`
        : html`<span class="faint">whoever subscribes</span>`,
  },
  { head: 'Type', cell: ({ route_type: type }) => html`<${Text} value=${type} />` },
  {
    head: 'State',
    cell: ({ enabled, exclusive }) =>
      html`<${Badge} tone=${enabled ? 'good' : 'warn'}>${enabled ? 'enabled' : 'disabled'}<//> ${exclusive && html`<${Badge}>exclusive<//>`}`,
  },
  { head: 'Priority', number: true, cell: ({ priority }) => count(priority) },
  { head: 'Origin', cell: ({ origin }) => html`<${Text} value=${origin} />` },
];

export function Routes({ who }) {
  const list = usePaged('routes', { limit: LIMIT }, EVERY_MS);
  const [change, setChange] = useState(null);
  const columns = [
    ...routeColumns,
    {
      head: 'Do',
      cell: (route) =>
        html`<div class="buttons"><${RoleButton} who=${who} role="operator" start=${() => setChange(removeRoute(route))}>Remove<//></div>`,
    },
  ];
  return html`
    <${Heading} title="Routes">
      <${RoleButton} who=${who} role="operator" start=${() => setChange(addRoute())}>Add<//>
    <//>
    <${Failure} problem=${list.problem} at=${list.at} />
    <${Table}
      label="Routes"
      columns=${columns}
      items=${list.items}
      keyOf=${({ tenant, pattern, destination_id: queue, route_type: type }) => JSON.stringify([tenant, pattern, queue, type])}
      empty=${html`There is no route yet: what is published finds no queue. Add one here, or bind topics to a queue.`}
    />
    <${Pager} ...${list} />
    ${
      change !== null &&
      html`<${Change}
      change=${change}
      who=${who}
      close=${(isDone) => {
        setChange(null);
        if (isDone !== null) list.refresh();
      }}
    />`
    }
  `;
}
