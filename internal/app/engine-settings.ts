// What a broker is made with: the settings that matter once it runs, already checked.

import type { DeliveryForm } from '../../pkg/protocol/control/consumer.ts';
import type { Priorities } from '../domain/class-turns.ts';
import type { Limits } from '../domain/limits.ts';
import type { QueuePolicy } from '../domain/queue-policy.ts';

export interface EngineSettings {
  readonly limits: Limits;
  readonly defaultPolicy: QueuePolicy;
  /** Default: as the earlier system had them. */
  readonly priorities?: Priorities;
  readonly server: string;
  readonly heartbeatMs: number;
  readonly heartbeatMisses: number;
  readonly legacyBodies: boolean;
  readonly trustTenants: boolean;
  readonly messageBytesMax: number;
  readonly pubForm: DeliveryForm;
  readonly readCacheBytes: number;
  readonly readChunkBytes: number;
  readonly checkpointBytes: number;
  readonly segmentBytes: number;
  readonly auditSealMs: number;
  /** How often the load is measured. */
  readonly loadEveryMs: number;
}
