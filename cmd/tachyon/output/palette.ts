// Colours: only where people look, and not where NO_COLOR asks for none.

import pc from 'picocolors';

export const hasColour = (stream: { readonly isTTY?: boolean }): boolean =>
  stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';

/** Of standard output. */
export const palette = (): ReturnType<typeof pc.createColors> => pc.createColors(hasColour(process.stdout));
