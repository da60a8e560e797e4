// Asks again and again, one question at a time, and not while nobody looks. What was told last stays on the page when an
// answer fails; the failure is told beside it.

import { ask } from './api.js';
import { useCallback, useEffect, useRef, useState } from './vendor/preact.js';

/**
 * `question` is null (ask nothing) or `{ path, query }`; `look` may take each answer as it comes. The state begins anew
 * when the question changes.
 */
export function usePolled(question, everyMs, look) {
  const key = JSON.stringify(question);
  const [state, setState] = useState({ key, data: null, problem: null, at: 0 });
  const looking = useRef(look);
  looking.current = look;
  const again = useRef(() => undefined);

  useEffect(() => {
    if (question === null) return undefined;
    const end = new AbortController();
    let timer = 0;
    let asking = false;
    const begin = () => void turn();
    const turn = async () => {
      clearTimeout(timer);
      if (asking || end.signal.aborted) return;
      if (document.hidden) return; // the page is told when it is looked at again
      asking = true;
      try {
        const data = await ask(question.path, { query: question.query, signal: end.signal });
        looking.current?.(data);
        setState({ key, data, problem: null, at: Date.now() });
      } catch (problem) {
        if (end.signal.aborted) return;
        setState((before) => ({ ...(before.key === key ? before : { key, data: null, at: 0 }), problem }));
      }
      asking = false;
      if (everyMs > 0 && !end.signal.aborted) timer = setTimeout(begin, everyMs);
    };
    again.current = begin;
    document.addEventListener('visibilitychange', begin);
    begin();
    return () => {
      end.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', begin);
    };
  }, [key, everyMs]);

  const refresh = useCallback(() => again.current(), []);
  const own = state.key === key ? state : { data: null, problem: null, at: 0 };
  return { ...own, refresh };
}

/** One page of a list at a time; where it stands is forgotten when the filter changes. */
export function usePaged(path, query, everyMs) {
  const key = JSON.stringify([path, query]);
  const [place, setPlace] = useState({ key, cursors: [] });
  const cursors = place.key === key ? place.cursors : [];
  const polled = usePolled({ path, query: { ...query, after: cursors.at(-1) } }, everyMs);
  const next = polled.data?.next ?? null;
  return {
    ...polled,
    items: polled.data?.items ?? null,
    page: cursors.length + 1,
    forward: next === null ? null : () => setPlace({ key, cursors: [...cursors, next] }),
    back: cursors.length === 0 ? null : () => setPlace({ key, cursors: cursors.slice(0, -1) }),
  };
}
