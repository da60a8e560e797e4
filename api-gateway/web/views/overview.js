// How the broker is now, and how it was in the last minutes.

import { lagOf } from '../lag.js';
import { Badge, Empty, Facts, Heading, Panel, Tenant, Text } from '../parts.js';
import { Plot } from '../plot.js';
import { usePolled } from '../polling.js';
import { to } from '../router.js';
import { bytes, count, duration, rate } from '../text.js';
import { html } from '../vendor/preact.js';

const LISTS_MS = 3_000;
const SHOWN_MAX = 8;

const FLOW = [
  { name: 'published', label: 'published', colour: '--line-1' },
  { name: 'delivered', label: 'delivered', colour: '--line-2' },
  { name: 'acked', label: 'acked', colour: '--line-3' },
];
const LEVEL = [
  { name: 'depth', label: 'depth', colour: '--line-1' },
  { name: 'leased', label: 'leased', colour: '--line-2' },
];
const DELAY = [
  { name: 'sync', label: 'sync', colour: '--line-1' },
  { name: 'loop', label: 'event loop', colour: '--line-4' },
];

export function Overview({ status, history }) {
  const queues = usePolled({ path: 'queues', query: { limit: 500 } }, LISTS_MS);
  const sessions = usePolled({ path: 'sessions', query: { limit: 500 } }, LISTS_MS);
  const now = history.samples.at(-1);
  const plot = { history, newest: now?.at };
  return html`
    <${Heading} title="Overview" />
    <div class="tiles">
      <${Tile} label="Published" value=${rate(now?.published)} unit="/s" />
      <${Tile} label="Delivered" value=${rate(now?.delivered)} unit="/s" />
      <${Tile} label="Acked" value=${rate(now?.acked)} unit="/s" />
      <${Tile} label="Depth" value=${count(status?.depth)} href=${to('queues')} />
      <${Tile} label="Oldest unacked" value=${duration(status?.oldest_unacked_ms)} />
      <${Tile}
        label="Dead letters"
        value=${count(status?.dead_letters)}
        href=${to('dead-letters')}
        tone=${status?.dead_letters > 0 ? 'warn' : ''}
      />
    </div>
    <div class="halves">
      <${Attention} queues=${queues.data?.items} sessions=${sessions.data?.items} status=${status} />
      <${Broker} status=${status} />
    </div>
    <div class="plots">
      <${Plot} title="Messages per second" lines=${FLOW} format=${rate} ...${plot} />
      <${Plot} title="Depth" lines=${LEVEL} format=${count} whole=${true} ...${plot} />
      <${Plot} title="Delay, 99th percentile" lines=${DELAY} format=${duration} ...${plot} />
    </div>
  `;
}

const Tile = ({ label, value, unit, href, tone = '' }) => {
  const inside = html`<span>${label}</span><b>${value}${unit && html`<small>${unit}</small>`}</b>`;
  return href
    ? html`<a class=${`tile ${tone}`} href=${href}>${inside}</a>`
    : html`<div class=${`tile ${tone}`}>${inside}</div>`;
};

function Attention({ queues, sessions, status }) {
  if (queues === undefined || status === null)
    return html`<${Panel} title="Needs attention"><${Empty}>Loading\u2026<//><//>`;
  const lagging = queues
    .map((queue) => ({ queue, lag: lagOf(queue, sessions ?? null, status) }))
    .filter(({ lag }) => lag.tone === 'bad' || lag.tone === 'warn')
    .toSorted((a, b) => b.queue.depth - a.queue.depth);
  const blocked = status.journal?.blocked;
  const calm = lagging.length === 0 && !blocked && status.dead_letters === 0;
  return html`<${Panel} title="Needs attention">
    ${calm && html`<${Empty}>Nothing. No queue lags, and no message died.<//>`}
    <ul class="list">
      ${blocked && html`<li><${Badge} tone="bad">storage<//> The journal cannot be written: <${Text} value=${blocked} /></li>`}
      ${lagging.slice(0, SHOWN_MAX).map(
        ({ queue, lag }) => html`<li>
          <${Badge} tone=${lag.tone}>${lag.state}<//>
          <a href=${to('queues/one', { queue: queue.queue, tenant: queue.tenant_id })}><${Text} value=${queue.queue} max=${60} /></a>
          <${Tenant} id=${queue.tenant_id} />
          <span class="faint">${count(queue.depth)} waiting, oldest ${duration(queue.oldest_unacked_ms)}</span>
        </li>`,
      )}
      ${lagging.length > SHOWN_MAX && html`<li><a href=${to('queues')}>${count(lagging.length - SHOWN_MAX)} more queues</a></li>`}
      ${
        status.dead_letters > 0 &&
        html`<li>
        <${Badge} tone="warn">dead letters<//>
        <a href=${to('dead-letters')}>${count(status.dead_letters)} ${status.dead_letters === 1 ? 'message' : 'messages'} died</a>
      </li>`
      }
    </ul>
  <//>`;
}

function Broker({ status }) {
  if (status === null) return html`<${Panel} title="Broker"><${Empty}>Loading\u2026<//><//>`;
  const { journal = {}, counters = {} } = status;
  return html`<${Panel} title="Broker">
    <${Facts}
      entries=${[
        ['Version', html`<${Text} value=${status.version} />`],
        ['Up for', duration(status.uptime_ms)],
        ['Queues', html`<a href=${to('queues')}>${count(status.queues)}</a>`],
        ['Routes', html`<a href=${to('routes')}>${count(status.routes)}</a>`],
        ['Sessions', html`<a href=${to('sessions')}>${count(status.sessions)}</a>`],
        ['Accepted means', html`<${Text} value=${journal.durability} />`],
        ['Journal', `${bytes(journal.disk_bytes)} in ${count(journal.segments)} segments`],
        ['Memory', bytes(status.rss_bytes)],
        ['Refused', count(counters.refused)],
        ['Unroutable', count(counters.unroutable)],
        ['Timed out', count(counters.timed_out)],
        ['Retried', count(counters.retried)],
      ]}
    />
  <//>`;
}
