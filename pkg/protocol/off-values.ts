// Values of an option that mean "none". Clients write out every field that they know, so that such a value must not
// count as having asked for something.

export type IsOff = (value: unknown) => boolean;

export const blank: IsOff = (value) => value === '' || value === 0 || value === false || value === '0';

/** Year 1 is how the earlier system writes "no time". */
const YEAR_ONE = /^0001-01-01T00:00:00(?:\.0+)?(?:Z|[+-]\d\d:\d\d)?$/;

export const noTime: IsOff = (value) => blank(value) || (typeof value === 'string' && YEAR_ONE.test(value));
