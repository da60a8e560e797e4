// Values as YAML. A module of its own, because the library is loaded only where somebody asks for that format.

import { stringify } from 'yaml';

/** Long texts stay on one line, and nothing refers to something else. */
export const yamlOf = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
