// The Mermaid pictures of a page, read strictly: a line that is not understood is an error, because a page that shows
// a broken picture shows nothing.

import type { Field } from './interface-fields.ts';

export interface EntityPicture {
  readonly entities: ReadonlyMap<string, readonly Field[]>;
  readonly relations: readonly (readonly [from: string, to: string])[];
}

/** The pictures of one kind (`flowchart`, `erDiagram`), without their first line. */
export function pictures(page: string, kind: string): readonly string[] {
  return [...page.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)]
    .map(([, text = '']) => text)
    .filter((text) => text.startsWith(kind))
    .map((text) => text.slice(text.indexOf('\n') + 1));
}

const ENTITY = /^ {4}([a-z][a-z-]*) \{$/;
const ATTRIBUTE = /^ {8}([A-Za-z][\w[\]]*) (\w+)(?: "(or null)?[^"]*")?$/;
const RELATION = /^ {4}([a-z][a-z-]*) [|}][|o]--[|o][|{] ([a-z][a-z-]*) : "[^"]+"$/;

export function readEntities(picture: string): EntityPicture {
  const entities = new Map<string, Field[]>();
  const relations: [string, string][] = [];
  let open: Field[] | null = null;
  for (const line of picture.split('\n')) {
    if (line.trim() === '') continue;
    const entity = ENTITY.exec(line);
    const attribute = ATTRIBUTE.exec(line);
    const relation = RELATION.exec(line);
    if (open === null && entity !== null) {
      open = [];
      if (entities.has(entity[1] ?? '')) throw new Error(`drawn twice: ${entity[1]}`);
      entities.set(entity[1] ?? '', open);
    } else if (open === null && relation !== null) relations.push([relation[1] ?? '', relation[2] ?? '']);
    else if (open !== null && attribute !== null) {
      const [, type = '', name = '', nullable] = attribute;
      open.push({ name, type, nullable: nullable !== undefined });
    } else if (open !== null && line === '    }') open = null;
    else throw new Error(`not understood: ${line}`);
  }
  return { entities, relations };
}
