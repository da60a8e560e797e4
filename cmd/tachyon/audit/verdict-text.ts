// A sound audit log in one line: how long it is, and how far that can be believed. What no signed head covers could have
// been cut or written anew by whoever can write the folder, and the line says so.

import type { FolderVerdict } from './verify-folder.ts';

export function soundText({ entries, head, heads, removed, removal, signed_through: signed }: FolderVerdict): string {
  const without = removed === 0 ? '' : `, of which 1 to ${removed} were removed by retention (${removal})`;
  return `sound: ${counted(entries, 'entry', 'entries')}${without}, head ${head}, ${counted(heads, 'signed head', 'signed heads')} met; ${reachOf(entries, signed)}`;
}

function reachOf(entries: number, signed: number): string {
  if (entries === 0) return 'nothing to be signed';
  if (signed === 0) return 'NOT SIGNED: no head covers any of it, compare it with heads kept elsewhere (--head)';
  const behind = entries - signed;
  return behind === 0
    ? 'the last of them covers all'
    : `${counted(behind, 'entry stands', 'entries stand')} behind the last of them, not signed yet`;
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
