// The sizes and scenarios that have names, as the earlier bench had them.

import { SettingsFault } from '../settings.ts';

export const PAYLOAD_CLASSES = { small: 512, medium: 4 * 1024, large: 64 * 1024 } as const;
export type PayloadClass = keyof typeof PAYLOAD_CLASSES;

export interface Scenario {
  readonly payloadSize: number;
  readonly compress: boolean;
  readonly topic: string;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  A: { payloadSize: 512, compress: false, topic: 'system.heartbeat' },
  B: { payloadSize: 4 * 1024, compress: true, topic: 'telemetry' },
  C: { payloadSize: 1024 ** 2, compress: false, topic: 'bench.0' },
  D: { payloadSize: 8 * 1024 ** 2, compress: false, topic: 'bench.0' },
};

export function classBytes(name: string): number {
  if (Object.hasOwn(PAYLOAD_CLASSES, name)) return PAYLOAD_CLASSES[name as PayloadClass];
  throw new SettingsFault(`--payload-class ${name} is not known: choose ${Object.keys(PAYLOAD_CLASSES).join(', ')}`);
}

export function scenarioOf(name: string): Scenario {
  const scenario = Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined;
  if (scenario !== undefined) return scenario;
  throw new SettingsFault(`--scenario ${name} is not known: choose ${Object.keys(SCENARIOS).join(', ')}`);
}
