// What a setting is: a zod schema of one value and, beside it in a registry, the names under which people give it.
// Text from flags and the environment and values from the file go through the same schema, so that a value means
// the same wherever it stands. Each schema has one sentence that says what it expects, whatever is wrong.

import * as z from 'zod';
import { isPath, PATH_BYTES_MAX } from './paths.ts';

/** The default of the earlier system and, where ours differs, why. */
export interface EarlierDefault {
  readonly value: string;
  readonly why?: string;
}

export interface SettingNames {
  /** Environment variable. */
  readonly env: string;
  /** Another variable for the same; the first one counts where both are set. */
  readonly envAlias?: string;
  /** Long option without the dashes, where the command line has one. */
  readonly flag?: string;
  /** One line for the reference, the examples and `--help`. */
  readonly text: string;
  readonly earlier?: EarlierDefault;
}

export interface SettingEntry extends SettingNames {
  readonly metavar: string;
  readonly unit: 'milliseconds' | 'bytes' | '';
  /** What a value must be, to follow "must be". */
  readonly expects: string;
  readonly defaultText: string;
  /** Values that the earlier system had and that this version does not carry out yet. */
  readonly notYet: readonly string[];
  /** False where the file may not give it: every command must find it without the file. */
  readonly inFile: boolean;
}

/** Names and meaning of every schema made here, by schema. */
export const settingEntries = z.registry<SettingEntry>();

type Unit = SettingEntry['unit'];

const entryOf = (names: SettingNames, rest: Partial<SettingEntry> & Pick<SettingEntry, 'expects' | 'defaultText'>) => ({
  metavar: 'value',
  unit: '' as Unit,
  notYet: [],
  inFile: true,
  ...names,
  ...rest,
});

/** Go's ParseBool words, which the earlier system read. */
const TRUE_WORDS: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE_WORDS: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** A boolean where the value is one of the words, otherwise the value itself. */
export const readBoolean = (value: unknown): unknown => {
  const word = typeof value === 'number' ? String(value) : value;
  if (typeof word !== 'string') return value;
  if (TRUE_WORDS.has(word)) return true;
  return FALSE_WORDS.has(word) ? false : value;
};

const readNumber = (value: unknown): unknown =>
  typeof value === 'string' && /^[+-]?\d{1,20}(\.\d{1,20})?$/.test(value) ? Number(value) : value;

const readWord = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

interface Bounds {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** What zero means, where it is allowed below `min`. */
  readonly zero?: string;
}

const boundsText = ({ min, max, zero }: Bounds, unit: Unit): string =>
  `from ${min} to ${max}${unit === '' ? '' : ` ${unit}`}${zero === undefined ? '' : `, or 0 (${zero})`}`;

const wholeNumber = (names: SettingNames, unit: Unit, bounds: Bounds, metavar: string = unit) => {
  const expects = `a whole number ${boundsText(bounds, unit)}`;
  const error = (): string => `must be ${expects}`;
  const allowed = (n: number): boolean =>
    (n === 0 && bounds.zero !== undefined) || (n >= bounds.min && n <= bounds.max);
  return z
    .preprocess(readNumber, z.number({ error }).int({ error }).refine(allowed, { error }))
    .default(bounds.default)
    .register(settingEntries, entryOf(names, { unit, expects, metavar, defaultText: String(bounds.default) }));
};

export const count = (names: SettingNames, bounds: Bounds, metavar = 'count') =>
  wholeNumber(names, '', bounds, metavar);
export const milliseconds = (names: SettingNames, bounds: Bounds) => wholeNumber(names, 'milliseconds', bounds);
export const bytes = (names: SettingNames, bounds: Bounds) => wholeNumber(names, 'bytes', bounds);

export const fraction = (names: SettingNames, bounds: Bounds) => {
  const expects = `a number ${boundsText(bounds, '')}`;
  const error = (): string => `must be ${expects}`;
  return z
    .preprocess(readNumber, z.number({ error }).min(bounds.min, { error }).max(bounds.max, { error }))
    .default(bounds.default)
    .register(settingEntries, entryOf(names, { expects, metavar: 'number', defaultText: String(bounds.default) }));
};

const BOOLEAN_WORDS = 'true or false';

export const boolean = (names: SettingNames, byDefault: boolean) => {
  const expects = BOOLEAN_WORDS;
  return z
    .preprocess(readBoolean, z.boolean({ error: () => `must be ${expects}` }))
    .default(byDefault)
    .register(settingEntries, entryOf(names, { expects, metavar: 'boolean', defaultText: String(byDefault) }));
};

/** On, off, or as the surroundings suggest. */
export const automatic = (names: SettingNames) => {
  const expects = `auto, ${BOOLEAN_WORDS}`;
  const read = (value: unknown): unknown => readWord(readBoolean(value));
  return z
    .preprocess(read, z.union([z.literal('auto'), z.boolean()], { error: () => `must be ${expects}` }))
    .default('auto')
    .register(settingEntries, entryOf(names, { expects, metavar: 'when', defaultText: 'auto' }));
};

export const choice = <const Values extends readonly [string, ...string[]]>(
  names: SettingNames,
  values: Values,
  byDefault: Values[number],
  notYet: readonly string[] = [],
) => {
  const expects = values.length === 1 ? values[0] : `one of ${values.join(', ')}`;
  const error = ({ input }: { readonly input?: unknown }): string =>
    notYet.includes(String(input)) ? `is not carried out by this version: it must be ${expects}` : `must be ${expects}`;
  return z
    .preprocess(readWord, z.enum(values, { error }))
    .default(byDefault as z.util.NoUndefined<z.output<z.ZodEnum<z.util.ToEnum<Values[number]>>>>)
    .register(settingEntries, entryOf(names, { expects, notYet, metavar: 'word', defaultText: byDefault }));
};

/** A path; the loader fills in the default, which hangs on the data folder, and makes it absolute. */
export const path = (names: SettingNames, defaultText: string, inFile: boolean) => {
  const expects = `a path of 1 to ${PATH_BYTES_MAX} bytes`;
  const error = (): string => `must be ${expects}`;
  return z
    .string({ error })
    .refine(isPath, { error })
    .register(settingEntries, entryOf(names, { expects, metavar: 'path', defaultText, inFile }));
};

/** A value with a check of its own: `faultOf` says what is wrong, or null. */
export const checkedText = (
  names: SettingNames,
  {
    expects,
    metavar,
    byDefault,
    faultOf,
  }: {
    readonly expects: string;
    readonly metavar: string;
    readonly byDefault: string;
    readonly faultOf: (value: string) => string | null;
  },
) =>
  z
    .string({ error: () => `must be ${expects}` })
    .superRefine((value, context) => {
      const fault = faultOf(value);
      if (fault !== null) context.addIssue({ code: 'custom', message: `must be ${expects}; ${fault}` });
    })
    .default(byDefault)
    .register(settingEntries, entryOf(names, { expects, metavar, defaultText: byDefault }));
