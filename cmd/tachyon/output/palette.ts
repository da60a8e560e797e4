// Colours: only where people look, and not where NO_COLOR asks for none.

import pc from 'picocolors';

export const hasColour = (
  stream: { readonly isTTY?: boolean },
  noColor: string = process.env['NO_COLOR'] ?? '',
): boolean => stream.isTTY === true && noColor === '';

/** Of standard output. */
export const palette = (): ReturnType<typeof pc.createColors> => pc.createColors(hasColour(process.stdout));
