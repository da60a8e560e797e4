// Every setting with its value and where that came from. Invariant: a secret never leaves, only whether there is one.

import { GATEWAY_VARIABLES, type GatewayConfig, gatewayConfig } from '../../../api-gateway/config.ts';
import { SETTINGS } from '../../../internal/app/config/settings.ts';
import { brokerSettings, type SettingsSources } from './sources.ts';

export interface ShownSetting {
  readonly setting: string;
  readonly value: unknown;
  readonly from: string;
  /** The flag, variable or line that gave it; of a default the variable that would. */
  readonly name: string;
}

const MASK = '********';
const isSecret = (variable: string): boolean => /TOKEN|SECRET|PASSWORD/.test(variable);

const masked = (variable: string, value: unknown): unknown =>
  isSecret(variable) && value !== null && value !== '' ? MASK : value;

export function shownSettings(sources: SettingsSources): readonly ShownSetting[] {
  return [...ofBroker(sources), ...ofGateway(sources)];
}

function ofBroker(sources: SettingsSources): readonly ShownSetting[] {
  const { config, origins } = brokerSettings(sources);
  const groups = config as unknown as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  return SETTINGS.map(({ group, key, path, env }) => {
    const origin = origins[path] ?? { from: 'default', name: path };
    const name = origin.from === 'default' ? env : origin.name;
    return { setting: path, value: masked(env, groups[group]?.[key] ?? null), from: origin.from, name };
  });
}

type Read = (config: GatewayConfig, given: string) => unknown;

/** The variables that the gateway shares with the broker are shown there. */
const GATEWAY_SETTINGS: Readonly<Record<string, readonly [setting: string, read: Read]>> = {
  GATEWAY_HOST: ['gateway.host', ({ host }) => host],
  GATEWAY_PORT: ['gateway.port', ({ port }) => port],
  GATEWAY_ALLOW_INSECURE_BIND: ['gateway.allowInsecureBind', (_, given) => (given === '' ? false : given)],
  GATEWAY_TLS_CERT: ['gateway.tlsCert', ({ tls }) => tls?.certPath ?? null],
  GATEWAY_TLS_KEY: ['gateway.tlsKey', ({ tls }) => tls?.keyPath ?? null],
  GATEWAY_TIMEOUT_MS: ['gateway.timeoutMs', ({ timeoutMs }) => timeoutMs],
  GATEWAY_BODY_BYTES_MAX: ['gateway.bodyBytesMax', ({ bodyBytesMax }) => bodyBytesMax],
  GATEWAY_REQUESTS_PER_SECOND: ['gateway.requestsPerSecond', ({ requestsPerSecond }) => requestsPerSecond],
  GATEWAY_CONNECTIONS_MAX: ['gateway.connectionsMax', ({ connectionsMax }) => connectionsMax],
  GATEWAY_STREAMS_MAX: ['gateway.streamsMax', ({ streamsMax }) => streamsMax],
  GATEWAY_CONSUMERS_MAX: ['gateway.consumersMax', ({ consumersMax }) => consumersMax],
  GATEWAY_CONSUMER_IDLE_MS: ['gateway.consumerIdleMs', ({ consumerIdleMs }) => consumerIdleMs],
  ADMIN_TOKEN: ['gateway.adminToken', ({ adminToken }) => adminToken],
};

function ofGateway({ env }: SettingsSources): readonly ShownSetting[] {
  const config = gatewayConfig({ env });
  return GATEWAY_VARIABLES.filter((name) => !name.startsWith('LOG_')).map((name) => {
    const given = env[name] ?? '';
    const [setting, read] = GATEWAY_SETTINGS[name] ?? [name, () => (given === '' ? null : given)];
    return { setting, value: masked(name, read(config, given)), from: given === '' ? 'default' : 'env', name };
  });
}
