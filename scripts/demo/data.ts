// The demo's input, real and from disk: the USGS earthquakes of a week by region, 20,000 flights by route, and 200,000
// flights for volume. Invariant: a message's number is its place in the whole input, and its id names its source.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface DemoMessage {
  readonly number: number;
  readonly id: string;
  readonly topic: string;
  readonly body: string;
}

export interface Source {
  readonly name: string;
  readonly pattern: string;
  readonly first: number;
  readonly count: number;
  message(index: number): DemoMessage;
}

interface Earthquakes {
  readonly features: readonly { readonly id: string; readonly properties: { readonly place: string } }[];
}

interface Flight {
  readonly origin: string;
  readonly destination: string;
}

interface TimedFlight {
  /** Hours of the day. */
  readonly time: number;
}

/** Beside the package's code, which lies in a folder of its own. */
const folder = fileURLToPath(new URL('../data/', import.meta.resolve('vega-datasets')));
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));

/** `share` of each source, at least one message of it. */
export function loadSources(share: number): Source[] {
  const { features } = read('earthquakes.json') as Earthquakes;
  const routes = read('flights-20k.json') as readonly Flight[];
  const volume = read('flights-200k.json') as readonly TimedFlight[];
  const sources: Source[] = [];
  let first = 0;
  const add = <T>(name: string, pattern: string, records: readonly T[], topicOf: (record: T) => string): void => {
    const start = first;
    const count = Math.max(1, Math.round(records.length * share));
    first += count;
    sources.push({
      name,
      pattern,
      first: start,
      count,
      message: (index) => {
        const record = records[index] as T;
        return { number: start + index, id: `${name}-${index}`, topic: topicOf(record), body: JSON.stringify(record) };
      },
    });
  };
  add('earthquakes', 'earthquakes.>', features, ({ properties }) => `earthquakes.${regionOf(properties.place)}`);
  add('flights', 'flights.>', routes, ({ origin, destination }) => `flights.${origin}.${destination}`);
  add('volume', 'volume.>', volume, ({ time }) => `volume.hour-${Math.floor(time)}`);
  return sources;
}

/** The number of the message with this id, or null. */
export function numberOf(sources: readonly Source[], id: string): number | null {
  const dash = id.lastIndexOf('-');
  const source = sources.find(({ name }) => name === id.slice(0, dash));
  const index = Number(id.slice(dash + 1));
  return source === undefined || !(index < source.count) ? null : source.first + index;
}

/** "4km W of Castaic, CA" is in `ca`; a place without a comma is its own region. */
const regionOf = (place: string): string =>
  (place.split(', ').at(-1) ?? place)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
