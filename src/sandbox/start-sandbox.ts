import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type AwsPeer, startAws } from "./aws/start-aws.ts";
import { type KeptBot, keepBot } from "./kept-bot.ts";
import { runJit } from "./bot-process.ts";
import { freePort } from "./free-port.ts";
import { type PagerDutyPeer, startPagerDuty } from "./people/start-pagerduty.ts";
import { type RedisPeer, startRedis } from "./redis.ts";
import { type OrdersFacts, seedOrders } from "./seed/orders.ts";
import { type SlackPeer, startSlack } from "./slack/start-slack.ts";

export type SandboxOptions = {
  transport?: "socket" | "http";
  /** Folder of runbooks; the repository's own unless told otherwise. */
  runbooks?: string;
  /** `REDIS_URL` and `PATH` of the surrounding environment. */
  redisUrl?: string | undefined;
  path?: string | undefined;
  onBotLine?: (line: string) => void;
};

export type Sandbox = AsyncDisposable & {
  slack: SlackPeer;
  aws: AwsPeer;
  redis: RedisPeer;
  pagerDuty: PagerDutyPeer;
  orders: OrdersFacts;
  bot: KeptBot;
  /** What the bot was told; holds the sandbox's own tokens. */
  environment: Record<string, string>;
};

/**
 * A local Slack, a local AWS with seeded orders, a PagerDuty with somebody on call, a Redis, and the bot in a process of its own, which can't tell
 * them from the real ones.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const transport = options.transport ?? "socket";
  await using opening = new AsyncDisposableStack();
  const redis = opening.use(await startRedis({ url: options.redisUrl, path: options.path }));
  const aws = opening.use(await startAws({ externalId: "jit-sandbox" }));
  const slackPort = await freePort();
  const healthPort = await freePort();
  const slack = opening.use(
    await startSlack({
      transport,
      ...(transport === "http" ? { requestUrl: `http://127.0.0.1:${slackPort}/slack/events` } : {}),
    }),
  );
  const pagerDuty = opening.use(await startPagerDuty({ onCalls: [onCallNow] }));
  const orders = await seed(aws);

  const environment = {
    SLACK_TRANSPORT: transport,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_API_URL: slack.apiUrl,
    SLACK_PORT: String(slackPort),
    ...(transport === "http"
      ? { SLACK_SIGNING_SECRET: slack.signingSecret }
      : { SLACK_APP_TOKEN: slack.appToken }),
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.broker.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.broker.secretAccessKey,
    JIT_PAGERDUTY_TOKEN: pagerDuty.token,
    JIT_PAGERDUTY_ENDPOINT: pagerDuty.url,
    REDIS_URL: redis.url,
    JIT_QUEUE_PREFIX: `sandbox-${process.pid}`,
    JIT_HEALTH_PORT: String(healthPort),
    JIT_HEALTH_HOST: "127.0.0.1",
    ...(options.runbooks ? { JIT_RUNBOOKS: options.runbooks } : {}),
  };
  await runJit(["setup"], environment);
  const bot = opening.use(
    await keepBot(environment, { healthPort, ...(options.onBotLine ? { onLine: options.onBotLine } : {}) }),
  );
  const stack = opening.move();
  return {
    slack,
    aws,
    redis,
    pagerDuty,
    orders,
    bot,
    environment,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Who is on call in the sandbox's PagerDuty: asked only where `access.yml` names the schedule, and nobody in Slack until `people.yml` links them. */
export const onCallNow = {
  user: { id: "PONCALL", name: "On-call engineer", email: "oncall@example.com" },
  schedule: "PORDERS",
  escalationPolicy: "PESCALATION",
};

async function seed(aws: AwsPeer): Promise<OrdersFacts> {
  const client = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.operator });
  try {
    return await seedOrders(client, aws.clock.now());
  } finally {
    client.destroy();
  }
}
