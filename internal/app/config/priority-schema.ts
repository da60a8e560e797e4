// Settings of the classes of messages, under the names of the earlier system.

import * as z from 'zod';
import { DEFAULT_PRIORITIES, type Priorities } from '../../domain/class-turns.ts';
import { CLASSES_MAX } from '../../domain/message-traits.ts';
import { boolean, checkedText, count } from './setting.ts';

const NAME = /^[\p{L}\p{N}_.-]{1,64}$/u;

const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function namesFault(text: string): string | null {
  const names = list(text).map((name) => name.toLowerCase());
  if (names.length === 0 || names.length > CLASSES_MAX) return `it names ${names.length} classes`;
  const bad = names.find((name) => !NAME.test(name));
  if (bad !== undefined) return `"${bad}" is no name of a class`;
  return new Set(names).size === names.length ? null : 'it names a class twice';
}

const WEIGHT_MAX = 1_000;
const BY_POSITION = 'by-position';

function weightsFault(text: string): string | null {
  if (text === BY_POSITION) return null;
  for (const part of list(text)) {
    const [name = '', weight = '', ...more] = part.split('=');
    const fits = /^\d{1,4}$/.test(weight.trim()) && Number(weight) >= 1 && Number(weight) <= WEIGHT_MAX;
    if (!NAME.test(name.trim()) || !fits || more.length > 0) return `"${part}" is not of the form urgent=4`;
  }
  return null;
}

export const priorities = z.strictObject({
  classes: checkedText(
    {
      env: 'DIRECT_PRIORITY_CLASSES',
      text: 'Classes of messages, the highest first; a message that names none of them is normal, or in the middle one.',
      earlier: { value: 'urgent,high,normal,low' },
    },
    {
      byDefault: DEFAULT_PRIORITIES.names.join(','),
      expects: 'names of classes, such as urgent,high,normal,low',
      metavar: 'names',
      faultOf: namesFault,
    },
  ),
  weights: checkedText(
    {
      env: 'DIRECT_PRIORITY_WEIGHTS',
      text: 'Weights of classes, from 1; those that are not named have theirs by their place, the last one 1.',
      earlier: { value: '' },
    },
    {
      byDefault: BY_POSITION,
      expects: 'weights of classes, such as urgent=4,high=3, or by-position',
      metavar: 'weights',
      faultOf: weightsFault,
    },
  ),
  preemption: boolean(
    {
      env: 'DIRECT_PRIORITY_PREEMPTION',
      text: 'A higher class goes first, and one that waits gains on it; off, classes share by their weights.',
      earlier: { value: 'true' },
    },
    DEFAULT_PRIORITIES.preemption,
  ),
  boostThreshold: count(
    {
      env: 'DIRECT_PRIORITY_BOOST_THRESHOLD',
      text: 'Messages of other classes after each of which a class that waits gains the offset.',
      earlier: { value: '8' },
    },
    { default: DEFAULT_PRIORITIES.boostThreshold, min: 1, max: 1_000_000 },
  ),
  boostOffset: count(
    {
      env: 'DIRECT_PRIORITY_BOOST_OFFSET',
      text: 'What it gains, in weights.',
      earlier: { value: '1000' },
    },
    { default: DEFAULT_PRIORITIES.boostOffset, min: 1, max: 1_000_000_000 },
  ),
});

/** The settings as the core takes them. A weight of a class that is not there means nothing, as in the earlier system. */
export function prioritiesOf({
  classes,
  weights,
  preemption,
  boostThreshold,
  boostOffset,
}: z.output<typeof priorities>): Priorities {
  const names = list(classes);
  const stated = new Map(
    (weights === BY_POSITION ? [] : list(weights)).map((part) => {
      const [name = '', weight = ''] = part.split('=');
      return [name.trim().toLowerCase(), Number(weight)] as const;
    }),
  );
  const normal = names.findIndex((name) => name.toLowerCase() === 'normal');
  return {
    names,
    weights: names.map((name, index) => stated.get(name.toLowerCase()) ?? names.length - index),
    normal: normal < 0 ? Math.ceil(names.length / 2) : normal + 1,
    preemption,
    boostThreshold,
    boostOffset,
  };
}
