// Bodies compressed and decompressed by the rule of the FASTPATH_* settings: small ones here, large ones in the sidecar,
// and what happens when that fails. Invariant: a call ends with the right bytes or with a refusal that has a code;
// nothing is allocated for a size beyond the caller's bound.
//
//                                        REQUIRE   fallback on   fallback off
//    no sidecar is there                 refused   here          here
//    it was asked: no, late or damaged   refused   here          refused

import type { SidecarReply } from '../../pkg/encoding/fastpath/sidecar-link.ts';
import type { Lz4Result } from '../../pkg/encoding/lz4.ts';
import { type ErrorCode, TachyonError } from '../../pkg/protocol/errors.ts';
import type { Refusal } from '../../pkg/protocol/index.ts';
import type { BodyCodec } from './codecs.ts';
import { SidecarClient, type SidecarClientOptions, type SidecarClientStatus } from './sidecar-client.ts';

export interface FastPathRules {
  /** Null: there is no sidecar, and everything is done here. */
  readonly sidecar: SidecarClientOptions | null;
  readonly cutoverBytes: number;
  readonly require: boolean;
  readonly fallbackToLocal: boolean;
}

export interface FastPathStatus {
  readonly mode: 'local' | 'sidecar';
  /** Calls by who did them. */
  readonly local: number;
  readonly bySidecar: number;
  /** Calls that were the sidecar's, and were done here. */
  readonly fellBack: number;
  readonly refused: number;
  readonly sidecar: SidecarClientStatus | null;
}

type Answer = Lz4Result | { readonly type: 'here' };

const HERE = { type: 'here' } as const;

const refusal = (error: ErrorCode, detail: string): Refusal<ErrorCode> => ({ type: 'refused', error, detail });

export class FastPath {
  readonly #rules: FastPathRules;
  readonly #client: SidecarClient | null;
  #local = 0;
  #bySidecar = 0;
  #fellBack = 0;
  #refused = 0;

  constructor(rules: FastPathRules) {
    this.#rules = rules;
    this.#client = rules.sidecar === null ? null : new SidecarClient(rules.sidecar);
  }

  /** Looks for the sidecar. One that is required and not there is a SIDECAR_UNAVAILABLE: to be asked before serving. */
  async open(): Promise<void> {
    if (this.#client === null || (await this.#client.probe()) || !this.#rules.require) return;
    const { lastFault } = this.#client.status;
    this.close();
    throw new TachyonError(
      'SIDECAR_UNAVAILABLE',
      `FASTPATH_REQUIRE is on, and ${this.#rules.sidecar?.socketPath}: ${lastFault}`,
    );
  }

  get status(): FastPathStatus {
    return {
      mode: this.#client === null ? 'local' : 'sidecar',
      local: this.#local,
      bySidecar: this.#bySidecar,
      fellBack: this.#fellBack,
      refused: this.#refused,
      sidecar: this.#client?.status ?? null,
    };
  }

  /** True where a body of this size may take its time: then the bytes must not change until the call has ended. */
  isOffLoop(bytes: number): boolean {
    return this.#client !== null && bytes >= this.#rules.cutoverBytes;
  }

  async compress(codec: BodyCodec, plain: Uint8Array): Promise<Lz4Result> {
    const most = codec.packedBytesMax(plain.length);
    const answer = await this.#ask(plain.length, codec.offLoop.compress, codec, plain, 0, most, (packed) =>
      codec.declaredSize(packed) === plain.length ? null : 'the compressed body says another size',
    );
    return isHere(answer) ? codec.compress(plain) : answer;
  }

  /** Gives at most `sizeMax` bytes. */
  async decompress(codec: BodyCodec, packed: Uint8Array, sizeMax: number): Promise<Lz4Result> {
    const size = codec.declaredSize(packed) ?? 0;
    // What is too large, or says so little, is refused here and costs nobody anything.
    if (size === 0 || size > sizeMax) return codec.decompress(packed, sizeMax);
    const large = Math.max(size, packed.length);
    const answer = await this.#ask(large, codec.offLoop.decompress, codec, packed, sizeMax, size, (plain) =>
      plain.length === size ? null : `the body has ${plain.length} bytes, and said ${size}`,
    );
    return isHere(answer) ? codec.decompress(packed, sizeMax) : answer;
  }

  async #ask(
    bytes: number,
    operation: BodyCodec['offLoop']['compress'],
    { offLoop: { flags } }: BodyCodec,
    payload: Uint8Array,
    sizeMax: number,
    replyBytesMax: number,
    faultOf: (body: Uint8Array) => string | null,
  ): Promise<Answer> {
    if (this.#client === null || bytes < this.#rules.cutoverBytes) {
      this.#local += 1;
      return HERE;
    }
    const reply = await this.#client.call({ operation, flags, payload, sizeMax, replyBytesMax });
    const fault = reply.type === 'done' ? faultOf(reply.body) : null;
    if (reply.type === 'done' && fault === null) {
      this.#bySidecar += 1;
      return reply.body;
    }
    return this.#byRule(fault === null ? reply : { type: 'lost', asked: true, reason: fault });
  }

  #byRule(reply: SidecarReply): Answer {
    const { require, fallbackToLocal } = this.#rules;
    const wasAsked = reply.type !== 'lost' || reply.asked;
    if (!require && (fallbackToLocal || !wasAsked)) {
      this.#fellBack += 1;
      return HERE;
    }
    this.#refused += 1;
    if (reply.type === 'refused') return refusal(reply.code, reply.detail);
    return refusal('SIDECAR_UNAVAILABLE', reply.type === 'lost' ? reply.reason : '');
  }

  /** How long whoever was refused had better wait. */
  get retryAfterMs(): number {
    return this.#client?.retryAfterMs ?? 0;
  }

  close(): void {
    this.#client?.close();
  }
}

const isHere = (answer: Answer): answer is typeof HERE => 'type' in answer && answer.type === 'here';
