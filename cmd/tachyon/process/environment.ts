// What of the environment is for whom. The gateway's secrets and settings are its own: a broker has no use for them, and
// refuses what it does not carry out.

/** Settings that the others read too. */
const SHARED = ['LOG_LEVEL', 'LOG_PRETTY'];

export const withoutGateway = (
  env: Readonly<Record<string, string | undefined>>,
  gatewayVariables: readonly string[],
): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => SHARED.includes(name) || !gatewayVariables.includes(name)));
