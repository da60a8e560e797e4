// Puts a picture where it was asked for, and says so beside the figures.

import { writeFileSync } from 'node:fs';

export function saveSvg(path: string, svg: string): void {
  writeFileSync(path, svg);
  process.stderr.write(`drawn to ${path}\n`);
}
