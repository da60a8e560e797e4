// A producer known by hello: its durable window of accepted sequences, so that a republish is one message.

import type { ProducerId } from './ids.ts';
import { SequenceWindow } from './sequence-window.ts';

export class Producer {
  readonly id: ProducerId;
  readonly tenant: string;
  readonly epoch: number;
  readonly tokenHash: string;
  lastUsedMs: number;
  readonly window: SequenceWindow;

  constructor(
    id: ProducerId,
    tenant: string,
    epoch: number,
    tokenHash: string,
    lastUsedMs: number,
    window: SequenceWindow = new SequenceWindow(),
  ) {
    this.id = id;
    this.tenant = tenant;
    this.epoch = epoch;
    this.tokenHash = tokenHash;
    this.lastUsedMs = lastUsedMs;
    this.window = window;
  }
}
