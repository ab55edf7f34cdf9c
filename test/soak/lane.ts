import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { Config } from "../../src/config.ts";
import type { Log } from "../../src/log.ts";
import { connectBlockingRedis, connectRedis } from "../../src/queue/connect-redis.ts";
import { queueNames, sweepName } from "../../src/queue/job-names.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { type RedisPeer, startRedis } from "../../src/sandbox/redis.ts";
import { type OrdersFacts, seedOrders } from "../../src/sandbox/seed/orders.ts";
import { type SlackPeer, startSlack } from "../../src/sandbox/slack/start-slack.ts";
import { createTable } from "../../src/store/create-table.ts";
import { createRequestStore } from "../../src/store/request-store.ts";
import type { RequestStore } from "../../src/workflow/ports.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { movableClock } from "../flows/movable-clock.ts";
import { awsDoor } from "./aws-door.ts";
import type { Speaker } from "./door.ts";
import { createFaultPlan, type FaultPlan } from "./fault-plan.ts";
import { type PaceOfMachine, watchPace } from "./pace-of-machine.ts";
import { type RedisDoor, redisDoor } from "./redis-door.ts";
import { type Body, type Place, startInProcess, startProcess } from "./replica-body.ts";
import { slackDoor } from "./slack-door.ts";
import { soakRunbooks } from "./soak-runbooks.ts";

export type Lane = AsyncDisposable & {
  slack: SlackPeer;
  aws: AwsPeer;
  orders: OrdersFacts;
  /** Past every door, for whoever looks from outside. */
  redis: Redis;
  store: RequestStore;
  plan: FaultPlan;
  prefix: string;
  clock: ReturnType<typeof movableClock>;
  /** The bot's errors, each a constant sentence. */
  errors: string[];
  down: Record<"aws" | "redis", boolean>;
  pace: PaceOfMachine;
  /** Ids of all requests that a replica ever put into the table, or tried to. */
  created: ReadonlySet<string>;
  replicas(): readonly Replica[];
  /** Starts replicas until so many live. */
  keep(count: number, as?: "in-process" | "process"): Promise<void>;
  /** Ends one at once: nothing of it reaches a peer any more. */
  kill(index: number): void;
  killAll(): void;
  cutRedis(): void;
  cutAws(): void;
  /**
   * The sweep comes now, what waits for its next try in the queue of projections is tried now, and what dead replicas
   * hold in Redis is free: all this would come by itself in seconds.
   */
  hurry(): Promise<void>;
};

type Replica = { name: string; isDead(): boolean };

type Held = Replica & { kill(): void; cutRedis(): void; cutAws(): void };

/** What must come comes, however slow the machine is. */
const FAR_OFF_MS = 10 * 60_000;

/** Twice of what Slack waits: that the bot is in time is another test's, and a machine may be busy. */
const ACK_MS = 6_000;

/** One world with doors between every replica and every peer; stories are played in it one after another. */
export async function openLane(): Promise<Lane> {
  await using opening = new AsyncDisposableStack();
  const { dir: runbooksDir } = opening.use(await soakRunbooks());
  const server: RedisPeer = opening.use(
    await startRedis({ url: process.env["TEST_REDIS_URL"], path: process.env["PATH"] }),
  );
  const aws = opening.use(await startAws({ externalId: "jit-sandbox" }));
  const slack = opening.use(
    await startSlack({ transport: "socket", eventRetryDelaysMs: [0], ackTimeoutMs: ACK_MS }),
  );
  // Whoever looks at the table from outside has keys of their own: the bot may not scan.
  const table = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.operator });
  opening.defer(() => table.destroy());
  const orders = await seedOrders(table, aws.clock.now());
  await createTable(table, "jit-requests", { deadlineMs: FAR_OFF_MS, pollMs: 20 });
  process.env["AWS_ACCESS_KEY_ID"] = aws.broker.accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] = aws.broker.secretAccessKey;

  const redis = connectRedis(server.url, silentLog);
  opening.defer(() => redis.disconnect());
  const prefix = `soak-${process.pid}-${Date.now().toString(36)}`;
  const projections = new Queue(queueNames.projections, { connection: redis, prefix });
  projections.on("error", () => undefined);
  opening.defer(() => projections.close());
  const chores = new Queue(queueNames.chores, { connection: redis, prefix });
  chores.on("error", () => undefined);
  opening.defer(() => chores.close());
  const successor = opening.use(startSuccessor(server.url, prefix));

  const plan = createFaultPlan();
  const clock = movableClock();
  const errors: string[] = [];
  const log: Log = {
    ...silentLog,
    error: (message, fields) => errors.push(`${message}: ${reasonOf(fields?.["error"])}`.slice(0, 200)),
  };
  const pace = opening.use(watchPace());
  const created = new Set<string>();
  const down = { aws: false, redis: false };
  const byName = new Map<string, { held: Held; speaker: Speaker }>();
  const ends: Promise<unknown>[] = [];
  const doorsOfTheDead: RedisDoor[] = [];
  const slackWay = opening.use(
    await slackDoor({ slack, plan, speakerOf: (name) => byName.get(name)?.speaker }),
  );
  const held = () => [...byName.values()].map((one) => one.held);
  const alive = () => held().filter((one) => !one.isDead());
  let named = 0;

  async function start(as: "in-process" | "process"): Promise<void> {
    const name = `r${++named}`;
    let isDead = false;
    let body: Body | undefined;
    const doors = new AsyncDisposableStack();
    const speaker: Speaker = {
      isDead: () => isDead,
      kill() {
        if (isDead) return;
        isDead = true;
        doorsOfTheDead.push(redisWay);
        redisWay.cut();
        awsWay.cut();
        slackWay.cut(name);
        ends.push(end());
      },
    };
    const end = async () => {
      await body?.end().catch(() => undefined);
      await doors.disposeAsync();
      byName.delete(name);
    };
    const redisWay = doors.use(
      await redisDoor({ target: server.url, plan, speaker, isDown: () => down.redis }),
    );
    const awsWay = doors.use(
      await awsDoor({
        target: aws.url,
        ownKey: aws.broker.accessKeyId,
        plan,
        speaker,
        isDown: () => down.aws,
        onCreate: (requestId) => created.add(requestId),
      }),
    );
    byName.set(name, {
      speaker,
      held: {
        name,
        isDead: speaker.isDead,
        kill: speaker.kill,
        cutRedis: redisWay.cut,
        cutAws: awsWay.cut,
      },
    });
    const place: Place = {
      config: configOf(runbooksDir, prefix, {
        awsEndpoint: awsWay.url,
        region: aws.region,
        redisUrl: redisWay.url,
        apiUrl: slackWay.apiUrl,
        ...slackWay.tokensFor(name),
      }),
      keys: aws.broker,
      clock,
      log,
    };
    const starting = as === "process" ? startProcess(place) : startInProcess(place);
    body = await starting.catch((error: unknown) => {
      // Killed while it started, which is a moment like any other.
      if (isDead) return undefined;
      throw error;
    });
    if (isDead) await body?.end().catch(() => undefined);
  }

  const lane: Lane = {
    slack,
    aws,
    orders,
    redis,
    store: createRequestStore(table, "jit-requests"),
    plan,
    prefix,
    clock,
    errors,
    down,
    pace,
    created,
    replicas: held,
    async keep(count, as = "in-process") {
      while (alive().length < count)
        await Promise.all(Array.from({ length: count - alive().length }, () => start(as)));
      await slack.waitForConnections(count, FAR_OFF_MS);
    },
    kill: (index) => alive()[index % Math.max(1, alive().length)]?.kill(),
    killAll: () => {
      for (const one of alive()) one.kill();
    },
    cutRedis: () => {
      for (const one of held()) one.cutRedis();
    },
    cutAws: () => {
      for (const one of held()) one.cutAws();
    },
    async hurry() {
      await chores.add(sweepName, {}, { jobId: "now", removeOnComplete: true, removeOnFail: true });
      const holds = await Promise.all([redis.keys(`${prefix}:lock:*`), redis.keys(`${prefix}:*:*:lock`)]);
      for (const hold of holds.flat()) {
        const holder = (await redis.get(hold)) ?? "";
        if (doorsOfTheDead.some((door) => door.isHolder(holder))) await redis.del(hold);
      }
      // Who looked last would keep everybody else from looking for as long.
      await redis.del(`${prefix}:${queueNames.projections}:stalled-check`);
      await successor.look();
      await projections.promoteJobs();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  opening.defer(async () => {
    lane.killAll();
    await Promise.all(ends);
  });
  const stack = opening.move();
  return lane;
}

/** As often as every replica does. */
const STALLED_MS = 5_000;

/** Looks for drawings whose worker is gone also whenever it is told to. */
function startSuccessor(redisUrl: string, prefix: string): AsyncDisposable & { look(): Promise<void> } {
  const connection = connectBlockingRedis(redisUrl, silentLog);
  const worker = new Worker(queueNames.projections, undefined, {
    connection,
    prefix,
    autorun: false,
    maxStalledCount: 2,
    stalledInterval: STALLED_MS,
  });
  worker.on("error", () => undefined);
  return {
    look: () => worker.startStalledCheckTimer(),
    async [Symbol.asyncDispose]() {
      await worker.close(true);
      connection.disconnect();
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name} ${error.message}` : (JSON.stringify(error) ?? "");
}

function configOf(
  runbooksDir: string,
  queuePrefix: string,
  ways: {
    awsEndpoint: string;
    region: string;
    redisUrl: string;
    apiUrl: string;
    botToken: string;
    appToken: string;
  },
): Config {
  const { awsEndpoint, region, redisUrl, apiUrl, botToken, appToken } = ways;
  return {
    roles: ["bot", "worker"],
    runbooksDir,
    table: "jit-requests",
    region,
    awsEndpoint,
    redisUrl,
    queuePrefix,
    slack: { transport: "socket", botToken, appToken, apiUrl, allowedTeams: [], port: 0 },
    healthPort: 0,
    healthHost: "127.0.0.1",
    logLevel: "error",
  };
}
