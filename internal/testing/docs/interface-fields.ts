// The fields of an interface as its source declares them, in the words of the pictures: what a document draws of an
// entity is compared with this. Reads text, not types: the sources keep one field on a line.

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** The fields in order, without the tag of a union. Throws when the source has no such interface. */
export function interfaceFields(source: string, name: string): readonly Field[] {
  const body = new RegExp(`^export interface ${name}(?: extends \\w+)? \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(source)?.[1];
  if (body === undefined) throw new Error(`no interface ${name}`);
  const code = body.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '');
  const fields = [...code.matchAll(/^ {2}readonly (\w+\??): ([^;]+);/gm)].map(([, field = '', type = '']) =>
    pictured(field, type),
  );
  return fields.filter((field) => field.name !== 'type');
}

/** The literal that tags the interface in its union. */
export function unionTag(source: string, name: string): string {
  const tag = new RegExp(`^export interface ${name} \\{\\n {2}readonly type: '([^']+)';`, 'm').exec(source)?.[1];
  if (tag === undefined) throw new Error(`interface ${name} has no tag`);
  return tag;
}

/** The interfaces of `export type NAME = | A | B …;`, those of unions among its members included. */
export function unionMembers(source: string, name: string): readonly string[] {
  const body = unionBody(source, name);
  if (body === null) throw new Error(`no union ${name}`);
  return [...body.matchAll(/\w+/g)].flatMap(([member]) =>
    unionBody(source, member) === null ? [member] : unionMembers(source, member),
  );
}

const unionBody = (source: string, name: string): string | null =>
  new RegExp(`^export type ${name} =([^;]+);`, 'm').exec(source)?.[1] ?? null;

/** A type as a picture can write it: no spaces, no unions. */
function pictured(name: string, type: string): Field {
  const bare = type.replaceAll(/\breadonly /g, '').trim();
  const canBeNull = bare.endsWith(' | null');
  const one = canBeNull ? bare.slice(0, -' | null'.length) : bare;
  return { name: name.replace('?', ''), type: word(one), nullable: canBeNull || name.endsWith('?') };
}

function word(type: string): string {
  if (type.startsWith("'")) return 'text';
  if (type.startsWith('Readonly<Record<')) return 'map';
  const list = /^\(?(.+?)\)?\[\]$/.exec(type)?.[1];
  if (list !== undefined) return `${word(list)}[]`;
  return type.startsWith('[') ? 'pair' : type;
}
