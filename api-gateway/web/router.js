// Which view is shown: the part of the address behind `#`, such as `#/queues/one?queue=orders`. Names travel as
// parameters, so that no name, however odd, can become a path.

import { useEffect, useState } from './vendor/preact.js';

export function readPlace() {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  return { path: path === '' ? 'overview' : path, params: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a view. Empty parameters are left out. */
export function to(path, params = {}) {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== '');
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `#/${path}${query === '' ? '' : `?${query}`}`;
}

export function go(path, params) {
  location.hash = to(path, params);
}

export function usePlace() {
  const [place, setPlace] = useState(readPlace);
  useEffect(() => {
    const moved = () => setPlace(readPlace());
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  return place;
}
