// What the PUB endpoint sends for a publication. A large body that is compressed is made plain elsewhere first.

import { BlockView, COMPRESSION_LZ4 } from '../../../pkg/protocol/block.ts';
import type { DeliveryForm } from '../../../pkg/protocol/control/consumer.ts';
import { FanoutMaker } from '../../../pkg/protocol/delivered/fanout-maker.ts';
import type { Publication } from '../../domain/effect.ts';
import type { Unpack } from '../../usecase/ports/unpack.ts';
import type { Frames } from '../transport.ts';
import { type Unpacking, unpacked } from './unpack.ts';

export interface PublicationsOptions {
  readonly form: DeliveryForm;
  readonly nowMs: () => number;
  readonly unpack: Unpack;
  /** Messages of one topic. */
  readonly publishAll: (messages: readonly Frames[]) => void;
}

/** Sends a publication, and gives what it must wait for; null: it has left. */
export function publisher({ form, nowMs, unpack, publishAll }: PublicationsOptions) {
  const maker = new FanoutMaker(form);
  return ({ blocks, count }: Publication): Unpacking | null => {
    const messages: Frames[] = [];
    const atMs = nowMs();
    let at = 0;
    for (let index = 0; index < count; index += 1) {
      const view = new BlockView(blocks, at);
      if (view.compression === COMPRESSION_LZ4) {
        publishAll(messages);
        return oneByOne(blocks, at, count - index);
      }
      messages.push(maker.frames(view, atMs, null));
      at += view.length;
    }
    publishAll(messages);
    return null;
  };

  function* oneByOne(blocks: Uint8Array, start: number, count: number): Unpacking {
    let at = start;
    for (let index = 0; index < count; index += 1) {
      const view = new BlockView(blocks, at);
      const plain = view.compression === COMPRESSION_LZ4 ? yield* unpacked(unpack, view.body) : null;
      publishAll([maker.frames(view, nowMs(), plain)]);
      at += view.length;
    }
  }
}
