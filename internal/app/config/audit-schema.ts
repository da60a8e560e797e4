// Settings of the audit log.

import * as z from 'zod';
import { bytes, checkedText, count, milliseconds } from './setting.ts';

/** Why the text names no place for signed heads; null: it does, or names none. */
export function headsPlaceFault(value: string): string | null {
  if (value === 'none' || value === 'stdout' || /^file:\/[^/]/.test(value) || value.startsWith('file:///')) return null;
  if (!/^https?:\/\//.test(value)) return 'it is none of them';
  return URL.canParse(value) ? null : 'the address cannot be read';
}

export const audit = z.strictObject({
  headsTo: checkedText(
    {
      env: 'AUDIT_HEADS_TO',
      text: 'Where signed heads of the audit log are sent, beside its folder; a copy elsewhere shows if the end was cut off.',
    },
    {
      expects: 'none, stdout, file:/absolute/path, or an http(s) address',
      metavar: 'place',
      faultOf: headsPlaceFault,
      byDefault: 'none',
    },
  ),
  sealMs: count(
    { env: 'AUDIT_SEAL_MS', text: 'Time in milliseconds between two signed heads of an audit log that grows.' },
    { default: 60_000, min: 1_000, max: 86_400_000 },
  ),
  ageMs: milliseconds(
    {
      env: 'AUDIT_MAX_AGE_MS',
      text: 'Age at which entries of the audit log are removed, whole files of them; that they were is signed.',
    },
    { default: 0, min: 60_000, max: 100 * 365 * 86_400_000, zero: 'never' },
  ),
  bytesMax: bytes(
    {
      env: 'AUDIT_BYTES_MAX',
      text: 'Size of the audit log beyond which its oldest files are removed; that they were is signed.',
    },
    { default: 0, min: 8 * 1024 * 1024, max: 2 ** 50, zero: 'all is kept' },
  ),
});
