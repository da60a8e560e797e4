// `tachyon gateway`: the HTTP gateway in this process, until a signal ends it; and the named tokens that it knows. The
// gateway's libraries are loaded when it runs, and by no other command.

import { Command, Option } from 'commander';
import { adminSocketPath, locateDataFolder } from '../../../internal/app/config/data-folder.ts';
import { type ErrorCode, TachyonError } from '../../../pkg/protocol/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { describeFailure, FailureWithNextStep } from '../output/failure.ts';
import { tell } from '../output/print.ts';
import { dieBy, onStopSignals } from '../process/stop-signals.ts';
import { onSupervisorGone, tellGatewayReady } from '../process/supervised.ts';
import { gatewayTokensCommand } from './gateway-tokens.ts';
import { type BrokerOptions, dataDirOption } from './options.ts';

interface GatewayOptions extends BrokerOptions {
  readonly host?: string;
  readonly port?: string;
}

/** What closing may take: streams are told, answers under way end, links close. */
const CLOSE_MS = 10_000;
const LOG_MS = 500;

export const gatewayCommand = (): Command =>
  new Command('gateway')
    .summary('serve the REST API of the broker of a data folder')
    .description(
      'Serves REST, OpenAPI and streams over HTTP for the broker of the data folder, which need not run yet. Settings are GATEWAY_* variables and ADMIN_TOKEN.',
    )
    .addOption(new Option('--host <host>', 'Where to listen (GATEWAY_HOST; default: 127.0.0.1).'))
    .addOption(new Option('--port <port>', 'Port to listen on (GATEWAY_PORT; default: 8000).'))
    .addOption(dataDirOption())
    .addCommand(gatewayTokensCommand())
    .action((options: GatewayOptions) => runGateway(options).catch(explain));

const NEXT_STEPS: Partial<Record<ErrorCode, string>> = {
  INVALID_CONFIG: 'docs/gateway.md lists every setting of the gateway',
  ADDRESS_IN_USE: 'stop that process, or choose another port with --port or GATEWAY_PORT',
};

function explain(error: unknown): never {
  const next = error instanceof TachyonError ? NEXT_STEPS[error.code] : undefined;
  throw error instanceof TachyonError && next !== undefined ? new FailureWithNextStep(error, next) : error;
}

async function runGateway({ dataDir, host, port }: GatewayOptions): Promise<void> {
  const { folder } = locateDataFolder({ flag: dataDir, env: process.env, cwd: process.cwd() });
  const socketPath = adminSocketPath(folder);
  const { gatewayConfig } = await import('../../../api-gateway/config.ts');
  const flags = { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) };
  const config = gatewayConfig({ env: process.env, flags });

  const { createLogger, endLog } = await import('../../../internal/app/log.ts');
  const { serveGateway } = await import('../../../api-gateway/serve.ts');
  const logger = createLogger(config.log);
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${describeFailure(error)}\n`);
    logger.fatal({ err: error }, 'a fault of the program: the gateway ends');
    process.exit(EXIT.internal);
  });
  const gateway = await serveGateway({ config, dataFolder: folder, socketPath, logger });
  if (gateway.ownToken !== null) {
    tell(`tachyon: no ADMIN_TOKEN is set; this one is kept in ${gateway.ownToken.path}: ${gateway.ownToken.token}`);
  }
  tellGatewayReady({ url: gateway.url, tokenPath: gateway.ownToken?.path ?? null });
  logger.info({ gateway: gateway.url, docs: `${gateway.url}/docs`, dataFolder: folder }, 'ready');

  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ why }, 'stopping');
    const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    const end = async (code: number): Promise<never> => {
      await endLog(logger, LOG_MS);
      process.exit(code);
    };
    Promise.race([gateway.close(), late]).then(
      () => end(EXIT.ok),
      (error: unknown) => {
        logger.error({ err: error }, 'the gateway did not stop in order');
        return end(EXIT.failed);
      },
    );
  };
  onStopSignals({ first: stop, again: dieBy });
  onSupervisorGone(() => stop('the supervisor is gone'));
}
