// What the PUB endpoint sends for a publication. A large body that is compressed is made plain elsewhere first.

import { BlockView, COMPRESSION_LZ4 } from '../../../pkg/protocol/block.ts';
import type { DeliveryForm } from '../../../pkg/protocol/control/consumer.ts';
import { outgoing } from '../../../pkg/protocol/delivered/facts.ts';
import { fanoutFrames } from '../../../pkg/protocol/event-json.ts';
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

export const publisher = (options: PublicationsOptions) => (one: Publication) => publication(options, one);

function* publication({ form, nowMs, unpack, publish }: PublicationsOptions, { block }: Publication): Unpacking {
  const view = new BlockView(block, 0);
  const plain = view.compression === COMPRESSION_LZ4 ? yield* unpacked(unpack, view.body) : null;
  const about = { tenant: '', acceptedAtMs: nowMs(), sequence: 0 };
  publish(fanoutFrames(form, outgoing(view, about, plain ?? undefined)));
}
