// Grammar of topics, patterns and names: what is allowed, what matches what, and which pattern comes first.
// A topic is segments joined by dots. In a pattern `*` stands for exactly one segment and a final `>` for one or
// more. The checks run for every message, so they are single loops over char codes that allocate nothing; all
// other functions here take text that has passed its check.

import type { ErrorCode } from './errors.ts';

export const TOPIC_BYTES_MAX = 255;
export const TOPIC_LEVELS_MAX = 32;
export const NAME_BYTES_MAX = 255;

const DOT = 0x2e;
const STAR = 0x2a;
const TAIL = 0x3e;
const UNDERSCORE = 0x5f;

/** 0 literal, 1 contains `*`, 2 ends in `>`: the first rule of precedence. */
export type PatternClass = 0 | 1 | 2;

/** A topic that a client may publish to. */
export function checkTopic(topic: string): ErrorCode | null {
  if (!hasGrammar(topic, false)) return 'INVALID_TOPIC';
  return topic.charCodeAt(0) === UNDERSCORE ? 'RESERVED_TOPIC' : null;
}

/** A pattern that a route or a subscription may hold. */
export function checkPattern(pattern: string): ErrorCode | null {
  return hasGrammar(pattern, true) ? null : 'INVALID_PATTERN';
}

/** The name of a queue, a consumer or a tenant that is not the default one (which is the empty text). */
export function checkName(name: string): ErrorCode | null {
  const length = name.length;
  if (length === 0 || length > NAME_BYTES_MAX) return 'INVALID_NAME';
  if (isSpace(name.charCodeAt(0)) || isSpace(name.charCodeAt(length - 1))) return 'INVALID_NAME';
  let bytes = 0;
  for (let i = 0; i < length; i++) {
    const code = name.charCodeAt(i);
    if (isControl(code)) return 'INVALID_NAME';
    const size = utf8Size(name, i, code);
    if (size === 0) return 'INVALID_NAME';
    if (size === 4) i++;
    bytes += size;
  }
  return bytes > NAME_BYTES_MAX ? 'INVALID_NAME' : null;
}

/** Whether the topic is one that the pattern stands for. The route index is tested against this. */
export function matches(pattern: string, topic: string): boolean {
  let p = 0;
  let t = 0;
  while (p < pattern.length && t < topic.length) {
    const patternEnd = segmentEnd(pattern, p);
    const topicEnd = segmentEnd(topic, t);
    const single = patternEnd - p === 1;
    if (single && pattern.charCodeAt(p) === TAIL) return true;
    if (!(single && pattern.charCodeAt(p) === STAR) && !sameText(pattern, p, patternEnd, topic, t, topicEnd))
      return false;
    p = patternEnd + 1;
    t = topicEnd + 1;
  }
  // Each side stands one past its end only when its last segment has been used.
  return p > pattern.length && t > topic.length;
}

/** The class of a checked pattern. A wildcard is a whole segment there, so single characters decide. */
export function patternClass(pattern: string): PatternClass {
  if (pattern.charCodeAt(pattern.length - 1) === TAIL) return 2;
  return pattern.includes('*') ? 1 : 0;
}

/**
 * What a SUB socket subscribes to, which ZeroMQ compares as a prefix: everything before the first wildcard.
 * A prefix lets more through than the pattern does, so what arrives must still pass `matches`.
 */
export function literalPrefix(pattern: string): string {
  for (let i = 0; i < pattern.length; i++) {
    const code = pattern.charCodeAt(i);
    if (code === STAR || code === TAIL) return pattern.slice(0, i);
  }
  return pattern;
}

function hasGrammar(text: string, wildcards: boolean): boolean {
  const length = text.length;
  if (length === 0 || length > TOPIC_BYTES_MAX) return false;
  let bytes = length;
  let levels = 1;
  let start = 0;
  let wild = 0; // the wildcard character seen in this segment, if any
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (i === start || ++levels > TOPIC_LEVELS_MAX) return false;
      if (wild !== 0 && !isWildAllowed(wild, i - start, wildcards, false)) return false;
      start = i + 1;
      wild = 0;
    } else if (code === STAR || code === TAIL) {
      wild = code;
    } else if (code <= 0x20 || code === 0x7f) {
      return false;
    } else if (code > 0x7f) {
      if (isControl(code) || isSpace(code)) return false;
      const size = utf8Size(text, i, code);
      if (size === 0) return false;
      if (size === 4) i++;
      bytes += size === 4 ? 2 : size - 1;
    }
  }
  if (start === length || bytes > TOPIC_BYTES_MAX) return false;
  return wild === 0 || isWildAllowed(wild, length - start, wildcards, true);
}

/** A topic may hold the characters inside a longer segment; a pattern may not, so that none is mistaken. */
function isWildAllowed(wild: number, segmentLength: number, wildcards: boolean, last: boolean): boolean {
  if (!wildcards) return segmentLength > 1;
  return segmentLength === 1 && (wild === STAR || last);
}

function segmentEnd(text: string, from: number): number {
  const dot = text.indexOf('.', from);
  return dot < 0 ? text.length : dot;
}

function sameText(a: string, aFrom: number, aTo: number, b: string, bFrom: number, bTo: number): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false;
  for (let i = aFrom, j = bFrom; i < aTo; i++, j++) {
    if (a.charCodeAt(i) !== b.charCodeAt(j)) return false;
  }
  return true;
}

/** Bytes of the character that begins at `index`; 0 for half a surrogate pair, which UTF-8 cannot carry. */
function utf8Size(text: string, index: number, code: number): 0 | 1 | 2 | 3 | 4 {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  if (code < 0xd800 || code > 0xdfff) return 3;
  if (code > 0xdbff) return 0;
  const next = text.charCodeAt(index + 1);
  return next >= 0xdc00 && next <= 0xdfff ? 4 : 0;
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/** Unicode's White_Space, and the byte order mark, which nobody can see either. */
function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code < 0x2000) return code === 0x85 || code === 0xa0 || code === 0x1680;
  return (
    code <= 0x200a ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  );
}
