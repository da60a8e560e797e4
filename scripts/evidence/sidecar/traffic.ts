// Bodies through two fast paths, without a pause: one falls back, one requires the sidecar. Each body is compressed and
// decompressed, and compared with what it was. The book of every call is kept here.

import { randomBytes } from 'node:crypto';
import { type BodyCodec, codecNamed } from '../../../internal/media/codecs.ts';
import { FastPath } from '../../../internal/media/fast-path.ts';
import { decompressBlockLE, type Lz4Result } from '../../../pkg/encoding/lz4.ts';

const CUTOVER_BYTES = 32 * 1024;
const BODY_BYTES_MAX = 512 * 1024;
const LINES_EACH = 3;
/** Longer than any call may take: one that has not ended by then is lost. */
const LOST_AFTER_MS = 30_000;

export interface CallTally {
  calls: number;
  right: number;
  refused: number;
  bySidecar: number;
  readonly codes: Record<string, number>;
}

export type Rule = 'fallback' | 'required';

const LZ4 = codecNamed('lz4') as BodyCodec;

export class SidecarTraffic {
  readonly tallies: Readonly<Record<Rule, CallTally>> = {
    fallback: { calls: 0, right: 0, refused: 0, bySidecar: 0, codes: {} },
    required: { calls: 0, right: 0, refused: 0, bySidecar: 0, codes: {} },
  };
  /** What must not be, in words. */
  readonly wrong: string[] = [];
  readonly #random: () => number;
  readonly #paths: Readonly<Record<Rule, FastPath>>;
  #lines: Promise<void>[] = [];
  #ending = false;

  constructor(socketPath: string, random: () => number) {
    this.#random = random;
    const path = (require: boolean): FastPath =>
      new FastPath({
        sidecar: { socketPath, timeoutMs: 400, timeoutMsPerMib: 200, delayFirstMs: 20, delayLongestMs: 100 },
        cutoverBytes: CUTOVER_BYTES,
        require,
        fallbackToLocal: !require,
      });
    this.#paths = { fallback: path(false), required: path(true) };
  }

  begin(): void {
    for (const rule of ['fallback', 'required'] as const)
      for (let i = 0; i < LINES_EACH; i += 1) this.#lines.push(this.#line(rule));
  }

  get calls(): number {
    return this.tallies.fallback.calls + this.tallies.required.calls;
  }

  /** Calls that the sidecar did, of the one that did fewer. */
  get served(): number {
    return Math.min(this.#paths.fallback.status.bySidecar, this.#paths.required.status.bySidecar);
  }

  /** Calls that the sidecar should have done and did not. */
  get felt(): number {
    const { fallback, required } = this.#paths;
    return fallback.status.fellBack + required.status.refused;
  }

  /** Lets every call end. */
  async end(): Promise<void> {
    this.#ending = true;
    await Promise.all(this.#lines);
    this.#lines = [];
    for (const rule of ['fallback', 'required'] as const) {
      this.tallies[rule].bySidecar = this.#paths[rule].status.bySidecar;
      this.#paths[rule].close();
    }
  }

  async #line(rule: Rule): Promise<void> {
    while (!this.#ending) {
      const body = this.#body();
      const packed = await this.#call(rule, 'compress', () => this.#paths[rule].compress(LZ4, body));
      if (packed === null) continue;
      if (!isEqual(decompressBlockLE(packed, BODY_BYTES_MAX), body)) {
        this.wrong.push(`${rule}: a compressed body of ${body.length} bytes is another one`);
        continue;
      }
      this.tallies[rule].right += 1;
      const plain = await this.#call(rule, 'decompress', () =>
        this.#paths[rule].decompress(LZ4, packed, BODY_BYTES_MAX),
      );
      if (plain === null) continue;
      if (isEqual(plain, body)) this.tallies[rule].right += 1;
      else this.wrong.push(`${rule}: a decompressed body of ${body.length} bytes is another one`);
    }
  }

  /** Null: it was refused, or never ended. */
  async #call(rule: Rule, what: string, call: () => Promise<Lz4Result>): Promise<Uint8Array | null> {
    const tally = this.tallies[rule];
    tally.calls += 1;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), LOST_AFTER_MS);
    });
    const result = await Promise.race([call(), late]);
    clearTimeout(timer);
    // While nothing answers, a call that is refused at once must not spin.
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (result instanceof Uint8Array) return result;
    if (result === null) this.wrong.push(`${rule}: ${what} did not end within ${LOST_AFTER_MS} ms`);
    else {
      tally.refused += 1;
      tally.codes[result.error] = (tally.codes[result.error] ?? 0) + 1;
      if (rule === 'fallback') this.wrong.push(`fallback: ${what} was refused: ${result.error} ${result.detail}`);
    }
    return null;
  }

  /** Half chance, half repetition: what LZ4 has some work with. */
  #body(): Buffer {
    const length = CUTOVER_BYTES + Math.floor(this.#random() * (BODY_BYTES_MAX - CUTOVER_BYTES));
    const body = Buffer.alloc(length, randomBytes(64));
    randomBytes(length >>> 1).copy(body);
    return body;
  }
}

const isEqual = (result: Lz4Result, body: Buffer): boolean => result instanceof Uint8Array && body.equals(result);
