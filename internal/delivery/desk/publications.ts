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
  readonly publish: (frames: Frames) => void;
}

/** Sends a publication, and gives what it must wait for; null: it has left. */
export function publisher({ form, nowMs, unpack, publish }: PublicationsOptions) {
  const maker = new FanoutMaker(form);
  return ({ block }: Publication): Unpacking | null => {
    const view = new BlockView(block, 0);
    if (view.compression === COMPRESSION_LZ4) return packed(view);
    publish(maker.frames(view, nowMs(), null));
    return null;
  };

  function* packed(view: BlockView): Unpacking {
    const plain = yield* unpacked(unpack, view.body);
    publish(maker.frames(view, nowMs(), plain));
  }
}
