import { createApp } from "../../src/app.ts";
import type { Config } from "../../src/config.ts";
import type { Log } from "../../src/log.ts";
import { startBot } from "../../src/sandbox/bot-process.ts";
import { freePort } from "../../src/sandbox/free-port.ts";
import type { Clock } from "../../src/workflow/ports.ts";

export type Place = {
  config: Config;
  keys: { accessKeyId: string; secretAccessKey: string };
  clock: Clock;
  log: Log;
};

/** What a replica is made of. */
export type Body = {
  /** Its doors are shut by now: a process is killed, and an app in this process is left to notice. */
  end(): Promise<void>;
};

/** Often enough for stories of seconds; whoever brings them to rest sweeps by itself. */
const SWEEP_EVERY_MS = 1_000;
/** As short as a lease of Athena's can be, so that a query of some seconds is carried on by the next one. */
const ATHENA_LEASE_MS = 5_000;

/** The app in this process. With every door shut, what it still does reaches nobody: to its peers it is dead. */
export async function startInProcess({ config, clock, log }: Place): Promise<Body> {
  const app = await createApp(config, {
    log,
    clock,
    sweepEveryMs: SWEEP_EVERY_MS,
    athenaLeaseMs: ATHENA_LEASE_MS,
  });
  return { end: async () => app[Symbol.asyncDispose]() };
}

/** `node src/main.ts`, which has the host's own clock and ends by SIGKILL. */
export async function startProcess({ config, keys }: Place): Promise<Body> {
  const healthPort = await freePort();
  const bot = await startBot(
    {
      SLACK_TRANSPORT: "socket",
      SLACK_BOT_TOKEN: config.slack.botToken,
      SLACK_APP_TOKEN: config.slack.appToken ?? "",
      SLACK_API_URL: config.slack.apiUrl ?? "",
      AWS_ENDPOINT_URL: config.awsEndpoint ?? "",
      AWS_REGION: config.region,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      REDIS_URL: config.redisUrl,
      JIT_TABLE: config.table,
      JIT_QUEUE_PREFIX: config.queuePrefix,
      JIT_RUNBOOKS: config.runbooksDir,
      JIT_HEALTH_PORT: String(healthPort),
      JIT_HEALTH_HOST: "127.0.0.1",
      JIT_LOG_LEVEL: "error",
    },
    { healthPort },
  );
  return { end: async () => bot.kill() };
}
