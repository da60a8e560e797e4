// The page: asks for a token, then shows one view at a time. It polls the broker's status once a second for all views.

import { ask, onRefused, token } from './api.js';
import { History } from './history.js';
import { Failure, Heading } from './parts.js';
import { usePolled } from './polling.js';
import { go, to, usePlace } from './router.js';
import { TokenForm } from './token-form.js';
import { html, render, useCallback, useEffect, useErrorBoundary, useRef, useState } from './vendor/preact.js';
import { Audit } from './views/audit.js';
import { DeadLetters } from './views/dead-letters.js';
import { Jobs } from './views/jobs.js';
import { Letter } from './views/letter.js';
import { Overview } from './views/overview.js';
import { Queue } from './views/queue.js';
import { Queues } from './views/queues.js';
import { Routes } from './views/routes.js';
import { Search } from './views/search.js';
import { Sessions } from './views/sessions.js';

const STATUS_MS = 1_000;
const AGAIN_MS = 2_000;

const VIEWS = {
  overview: { label: 'Overview', view: Overview },
  queues: { label: 'Queues', view: Queues },
  'queues/one': { view: Queue, under: 'queues' },
  routes: { label: 'Routes', view: Routes },
  sessions: { label: 'Sessions', view: Sessions },
  'dead-letters': { label: 'Dead letters', view: DeadLetters },
  'dead-letters/one': { view: Letter, under: 'dead-letters' },
  jobs: { label: 'Jobs', view: Jobs },
  audit: { label: 'Audit', view: Audit },
  search: { label: 'Search', view: Search },
};

function App() {
  const [who, setWho] = useState(null);
  const [problem, setProblem] = useState(null);
  const [secret, setSecret] = useState(token.read);

  const leave = useCallback((why) => {
    token.write('');
    setSecret('');
    setWho(null);
    setProblem(why);
  }, []);
  useEffect(() => onRefused(leave), []);
  useEffect(() => {
    if (secret === '' || who !== null) return undefined;
    // A gateway that does not answer is asked again; only one that refuses ends the token.
    const end = new AbortController();
    let timer = 0;
    const turn = () => {
      ask('whoami', { signal: end.signal }).then(setWho, (failed) => {
        if (end.signal.aborted || failed.status === 401) return;
        // A token that may only scrape, say: no view would be of use to it.
        if (failed.status === 403) return leave(failed);
        setProblem(failed);
        timer = setTimeout(turn, AGAIN_MS);
      });
    };
    turn();
    return () => {
      end.abort();
      clearTimeout(timer);
    };
  }, [secret]);

  const enter = (given) => {
    token.write(given);
    setProblem(null);
    setSecret(given);
  };
  if (secret === '') return html`<${TokenForm} enter=${enter} problem=${problem} />`;
  if (who === null)
    return html`<main class="gate" aria-busy="true"><${Failure} problem=${problem} />Signing in\u2026</main>`;
  return html`<${Shell} who=${who} leave=${() => leave(null)} />`;
}

function Shell({ who, leave }) {
  const { path, params } = usePlace();
  const history = useRef(null);
  history.current ??= new History();
  const status = usePolled({ path: 'status' }, STATUS_MS, (data) => history.current.take(data));
  const { view: View, under = path } = Object.hasOwn(VIEWS, path) ? VIEWS[path] : VIEWS.overview;
  const { label } = Object.hasOwn(VIEWS, under) ? VIEWS[under] : VIEWS.overview;
  useEffect(() => {
    document.title = `${label} \u00b7 Tachyon`;
    scrollTo(0, 0);
    document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [path]);
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <aside>
      <div class="brand">
        <img src="web/favicon.svg" alt="" width="24" height="24" /> Tachyon
        <${Alive} status=${status} />
      </div>
      <nav aria-label="Views">
        ${Object.entries(VIEWS).map(
          ([name, { label }]) =>
            label && html`<a href=${to(name)} aria-current=${under === name ? 'page' : undefined}>${label}</a>`,
        )}
        <a href="docs">API</a>
      </nav>
      <div class="who">
        <span>${who.name} <small>${who.role}</small></span>
        <button type="button" onClick=${leave}>Sign out</button>
      </div>
    </aside>
    <main id="main">
      <${Failure} problem=${status.problem} at=${status.at} />
      <${Guarded} key=${JSON.stringify([path, params])}>
        <${View} params=${params} who=${who} status=${status.data} history=${history.current} />
      <//>
    </main>
  `;
}

function skip(event) {
  event.preventDefault();
  document.querySelector('h1')?.focus();
}

function Alive({ status: { data, problem } }) {
  const [tone, told] =
    problem !== null
      ? ['bad', 'no answer']
      : data === null
        ? ['calm', 'asking']
        : data.draining
          ? ['warn', 'draining']
          : ['good', 'up'];
  return html`<span class=${`alive ${tone}`} role="status">${told}</span>`;
}

/** A view that fails takes nothing else with it. */
function Guarded({ children }) {
  const [failed] = useErrorBoundary();
  return failed === undefined
    ? children
    : html`<${Heading} title="This cannot be shown" /><${Failure} problem=${failed} />`;
}

// `/` leads to the search from everywhere, save where somebody types.
addEventListener('keydown', (event) => {
  const types = event.target.closest?.('input, textarea, select, dialog');
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || types) return;
  event.preventDefault();
  go('search');
});

render(html`<${App} />`, document.getElementById('app'));
