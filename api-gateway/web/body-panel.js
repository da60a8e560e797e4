// Shows one body as text, JSON or hex.

import { bytesOf, hexDump, layOutJson, textOf } from './body.js';
import { Panel, Text } from './parts.js';
import { bytes as sizeOf } from './text.js';
import { html, useMemo, useState } from './vendor/preact.js';

/** How much is laid out at first, and how much more each time somebody asks. */
const TEXT_STEP = 8_000;
const HEX_ROWS_STEP = 256;

export function BodyPanel({ payload, bodyBytes, truncated, contentType }) {
  const body = useMemo(() => {
    const bytes = bytesOf(payload ?? '');
    const { text, isText } = textOf(bytes, truncated);
    return { bytes, text, isText, json: isText && !truncated ? layOutJson(text) : null };
  }, [payload, truncated]);
  const [chosen, choose] = useState(null);
  const [steps, setSteps] = useState(1);
  const way = chosen ?? (body.json !== null ? 'json' : body.isText ? 'text' : 'hex');
  const ways = [
    ['text', 'Text', true],
    ['json', 'JSON', body.json !== null],
    ['hex', 'Hex', true],
  ];
  const tabs = ways.map(
    ([name, label, isThere]) =>
      html`<button
        type="button"
        aria-pressed=${way === name}
        disabled=${!isThere}
        title=${isThere ? undefined : truncated ? 'The body is shown in part.' : 'The body is no JSON.'}
        onClick=${() => {
          choose(name);
          setSteps(1);
        }}
      >
        ${label}
      </button>`,
  );
  return html`<${Panel} title="Body" tools=${html`<div class="switch" role="group" aria-label="Show the body as">${tabs}</div>`}>
    <p class="note">
      ${sizeOf(bodyBytes)}${contentType ? html` \u00b7 said to be <${Text} value=${contentType} max=${80} />` : null}
      ${truncated ? html` \u00b7 the first ${sizeOf(body.bytes.length)} are shown` : null}
      ${body.isText ? null : html` \u00b7 <strong>no valid UTF-8</strong>${way === 'text' ? ': what is no text is shown as \ufffd' : ''}`}
    </p>
    <${Shown} way=${way} body=${body} steps=${steps} more=${() => setSteps(steps + 1)} />
  <//>`;
}

function Shown({ way, body, steps, more }) {
  if (body.bytes.length === 0) return html`<p class="empty">The body is empty.</p>`;
  if (way === 'hex') {
    const { dump, left } = hexDump(body.bytes, HEX_ROWS_STEP * steps);
    return html`<pre class="body hex" tabindex="0" aria-label="Body as hex">${dump}</pre>
      <${More} left=${left} unit="bytes" more=${more} />`;
  }
  const whole = way === 'json' ? body.json : body.text;
  const max = TEXT_STEP * steps;
  const left = Math.max(0, whole.length - max);
  return html`<pre class="body" tabindex="0" aria-label=${`Body as ${way}`}><${Text} value=${whole.slice(0, max)} max=${max} lines=${true} /></pre>
    <${More} left=${left} unit="characters" more=${more} />`;
}

const More = ({ left, unit, more }) =>
  left === 0
    ? null
    : html`<p class="note">
        <button type="button" onClick=${more}>Show more</button> ${left.toLocaleString('en')} ${unit} left
      </p>`;
