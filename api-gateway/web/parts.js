// The small parts that every view is made of. Invariant: a value from outside becomes text by `Text` and nothing else.

import { ago, cut, duration, moment, NONE, partsOf, visible } from './text.js';
import { html, useEffect, useRef } from './vendor/preact.js';

const CELL_MAX = 120;
const TITLE_MAX = 1_000;

/** A value from outside. Cut at `max`, with everything that cannot be seen made visible, kept apart from its neighbours. */
export function Text({ value, max = CELL_MAX, lines = false }) {
  if (value === undefined || value === null || value === '') return html`<span class="none">${NONE}</span>`;
  const whole = typeof value === 'string' ? value : JSON.stringify(value);
  const { shown, left } = cut(whole, max);
  const parts = partsOf(shown, { lines }).map(({ text, mark }) => text ?? html`<span class="mark">${mark}</span>`);
  const title = left > 0 ? visible(cut(whole, TITLE_MAX).shown) : undefined;
  return html`<bdi class=${lines ? 'text lines' : 'text'} title=${title}>${parts}${
    left > 0 && html`<span class="left">\u2026 ${left.toLocaleString('en')} more</span>`
  }</bdi>`;
}

/** A moment with how long ago it was, or as it was told where it is none. */
export function Time({ value, full = false }) {
  const at = moment(value);
  if (at === null) return html`<${Text} value=${value} max=${40} />`;
  const ms = Date.now() - Date.parse(value);
  const told = ms < 0 || ms > 86_400_000 ? at : ago(ms);
  return html`<time datetime=${value} title=${`${at} (${value})`}>${full ? at : told}</time>`;
}

export const Badge = ({ tone = 'calm', children, title }) =>
  html`<span class=${`badge ${tone}`} title=${title}>${children}</span>`;

/** Above what is shown: what failed, and that what is shown is older for it. */
export function Failure({ problem, at = 0 }) {
  if (problem === null || problem === undefined) return null;
  const { code = 'INTERNAL', title = 'The page met something that it did not foresee.', detail, requestId } = problem;
  return html`<div class="failure" role="alert">
    <strong>${title}</strong>
    ${detail ? html` <${Text} value=${detail} max=${400} />` : null}
    <small>
      <code>${code}</code>
      ${at > 0 ? html` \u00b7 shown is what was told ${duration(Date.now() - at)} ago` : null}
      ${requestId ? html` \u00b7 request <${Text} value=${requestId} max=${40} />` : null}
    </small>
  </div>`;
}

export const Empty = ({ children }) => html`<div class="empty">${children}</div>`;

/**
 * Rows under headings; on a narrow screen each row is a card. A column is `{ head, cell, number?, wide? }`. Nothing yet
 * (`items` null) is told apart from nothing there.
 */
export function Table({ label, columns, items, keyOf, empty, chosen }) {
  if (items === null) return html`<div class="empty" aria-busy="true">Loading\u2026</div>`;
  if (items.length === 0) return html`<${Empty}>${empty}<//>`;
  const kind = ({ number, wide }) => (number ? 'number' : wide ? 'wide' : undefined);
  return html`<div class="table" tabindex="0" role="region" aria-label=${label}>
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" class=${kind(column)}>${column.head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${items.map(
          (item) => html`<tr key=${keyOf(item)} class=${chosen?.(item) ? 'chosen' : undefined}>
            ${columns.map(
              (column) =>
                html`<td class=${kind(column)} data-head=${typeof column.head === 'string' ? column.head : ''}>
                  <div>${column.cell(item)}</div>
                </td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Only where there is more than one page. */
export function Pager({ page, back, forward }) {
  if (back === null && forward === null) return null;
  return html`<nav class="pager" aria-label="Pages">
    <button type="button" disabled=${back === null} onClick=${back}>Previous</button>
    <span>Page ${page}</span>
    <button type="button" disabled=${forward === null} onClick=${forward}>Next</button>
  </nav>`;
}

/** Names and values in two columns; an entry that is null is left out. */
export const Facts = ({ entries }) =>
  html`<dl class="facts">
    ${entries
      .filter((entry) => entry !== null)
      .map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
  </dl>`;

/** The heading of a view takes the focus when the view opens, so that a reader of the screen hears where it is. */
export function Heading({ title, children }) {
  const heading = useRef(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return html`<header class="heading">
    <h1 tabindex="-1" ref=${heading}>${title}</h1>
    <div class="tools">${children}</div>
  </header>`;
}

export const Panel = ({ title, tools, children }) =>
  html`<section class="panel">
    ${title && html`<header><h2>${title}</h2><div class="tools">${tools}</div></header>`}
    ${children}
  </section>`;

/** What stands in a form as it is sent: what a view remembers may be a moment behind the keyboard. */
export const sentBy = (event) => Object.fromEntries(new FormData(event.target));

export const Field = ({ label, hint, children }) =>
  html`<label class="field">
    <span>${label}</span>
    ${children}
    ${hint && html`<small>${hint}</small>`}
  </label>`;

/** The tenant after a name, where it is not the default one. */
export const Tenant = ({ id }) => (id ? html` <span class="tenant"><${Text} value=${id} max=${40} /></span>` : null);
