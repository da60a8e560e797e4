// Names the process that listens on an address, for the error message of a bind that failed. Best effort, on Linux:
// the kernel lists listening sockets with their inode, and a process shows its inodes under /proc/<pid>/fd. Without
// root only the own user's processes can be looked into; then the answer is undefined.

// oxlint-disable-next-line no-restricted-imports -- only to look at what lies at an address before it is bound
import { readdir, readFile, readlink } from 'node:fs/promises';
import type { ParsedAddress } from './address.ts';

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

const TCP_LISTEN = '0A';
const UNIX_ACCEPTS = 0x1_00_00;
const COMMAND_LENGTH_MAX = 120;

export async function findPortHolder(address: ParsedAddress): Promise<PortHolder | undefined> {
  try {
    const inodes = await listeningInodes(address);
    return inodes.size === 0 ? undefined : await processWithInode(inodes);
  } catch {
    return undefined; // not Linux, or /proc is not readable: the bind error stands without a name
  }
}

/** The inodes of the sockets that listen where the address points to. */
async function listeningInodes(address: ParsedAddress): Promise<Set<string>> {
  const inodes = new Set<string>();
  if (address.scheme === 'ipc') {
    for (const fields of await rowsOf('/proc/net/unix')) {
      const [, , , flags, , , inode, path] = fields;
      if (inode !== undefined && path === address.path && Number.parseInt(flags ?? '', 16) & UNIX_ACCEPTS)
        inodes.add(inode);
    }
    return inodes;
  }
  const port = address.port.toString(16).toUpperCase().padStart(4, '0');
  const host = hexOfIpv4(address.host);
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const fields of await rowsOf(table)) {
      const [, local, , state, , , , , , inode] = fields;
      const [localHost, localPort] = (local ?? '').split(':');
      if (state !== TCP_LISTEN || localPort !== port || inode === undefined) continue;
      const clashes = host === undefined || localHost === host || /^0+$/.test(localHost ?? '') || table.endsWith('6');
      if (clashes) inodes.add(inode);
    }
  }
  return inodes;
}

async function rowsOf(table: string): Promise<string[][]> {
  const text = await readFile(table, 'latin1').catch(() => '');
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
}

/** As the kernel prints it: the four bytes in the machine's order. Undefined for what is not one IPv4 address. */
function hexOfIpv4(host: string): string | undefined {
  const octets = host === 'localhost' ? [127, 0, 0, 1] : host.split('.').map(Number);
  if (octets.length !== 4 || octets.some((octet) => !Number.isInteger(octet)) || octets.every((octet) => octet === 0)) {
    return undefined;
  }
  return octets
    .map((octet) => octet.toString(16).toUpperCase().padStart(2, '0'))
    .reverse()
    .join('');
}

async function processWithInode(inodes: ReadonlySet<string>): Promise<PortHolder | undefined> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const descriptors = await readdir(`/proc/${name}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${name}/fd/${descriptor}`).catch(() => '');
      const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
      if (inode !== undefined && inodes.has(inode)) return { pid: Number(name), command: await commandOf(name) };
    }
  }
  return undefined;
}

async function commandOf(pid: string): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const words = line.split('\0').join(' ').trim();
  return words.length > COMMAND_LENGTH_MAX ? `${words.slice(0, COMMAND_LENGTH_MAX)}…` : words;
}
