// Who holds a folder lock: the record in the lock file, and whether that very process still runs here. A pid alone does
// not name a process: it is used again, and another container counts from 1 too. Boot id, pid namespace and start time
// together do, where the system tells them (Linux).

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface LockHolder {
  /** Unlike any other claim's, ever: names the claim and its socket. */
  readonly nonce: string;
  readonly pid: number;
  readonly host: string;
  /** ISO time of the claim. */
  readonly since: string;
  readonly bootId: string | null;
  readonly pidNamespace: string | null;
  /** Clock ticks from boot to the start of the process. */
  readonly startTime: string | null;
}

export function thisProcess(nonce: string, since: Date): LockHolder {
  return {
    nonce,
    pid: process.pid,
    host: hostname(),
    since: since.toISOString(),
    bootId: bootId(),
    pidNamespace: pidNamespace(),
    startTime: startTimeOf(process.pid),
  };
}

/** Null for what no claim wrote: bytes that power loss left behind. */
export function parseHolder(text: string): LockHolder | null {
  try {
    const record = JSON.parse(text) as Partial<LockHolder> | null;
    const whole =
      typeof record?.nonce === 'string' && typeof record.pid === 'number' && typeof record.since === 'string';
    return whole ? (record as LockHolder) : null;
  } catch {
    return null;
  }
}

/** True only when it is certain: the same process, in sight of this one, and not a zombie. */
export function isSeenRunning(holder: LockHolder): boolean {
  return isVisible(holder) && holder.startTime !== null && startTimeOf(holder.pid) === holder.startTime;
}

export function describeHolder(holder: LockHolder): string {
  const elsewhere = isVisible(holder) ? '' : ` on ${holder.host}`;
  return `pid ${holder.pid}${elsewhere} has worked on it since ${holder.since}`;
}

function isVisible(holder: LockHolder): boolean {
  return holder.bootId === bootId() && holder.pidNamespace === pidNamespace();
}

function bootId(): string | null {
  return ifKnown(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

function pidNamespace(): string | null {
  return ifKnown(() => readlinkSync('/proc/self/ns/pid'));
}

/** Null for a process that is not there or has ended without its parent having looked. */
function startTimeOf(pid: number): string | null {
  const stat = ifKnown(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (stat === null) return null;
  // The name, in parentheses, may hold spaces and parentheses; after it: state (field 3) … start time (field 22).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

/** Systems without this part of /proc do not know; the socket then decides alone. */
function ifKnown(look: () => string): string | null {
  try {
    return look();
  } catch {
    return null;
  }
}
