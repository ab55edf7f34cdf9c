import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { createPeople } from "./app-people.ts";
import { createOwnClients } from "./aws/clients.ts";
import type { Config } from "./config.ts";
import { createAwsClock } from "./execution/aws-clock.ts";
import { createDenyList } from "./execution/deny-list.ts";
import { createSessionIssuer } from "./execution/issue-session.ts";
import { createQueryJanitor } from "./execution/query-janitor.ts";
import { startHealth } from "./health.ts";
import { explainPolicy } from "./iam/explain-policy.ts";
import type { PolicyDocument } from "./iam/policy-document.ts";
import type { Log } from "./log.ts";
import { countEvents } from "./monitor/count-events.ts";
import { EXPOSITION_TYPE } from "./monitor/exposition.ts";
import { createMetrics } from "./monitor/metrics.ts";
import { reportCanary } from "./monitor/report-canary.ts";
import { runCanary } from "./monitor/run-canary.ts";
import { connectBlockingRedis, connectRedis } from "./queue/connect-redis.ts";
import { createQueue } from "./queue/create-queue.ts";
import { createShortMemory } from "./queue/short-memory.ts";
import { type Handlers, startWorkers } from "./queue/start-workers.ts";
import { listenForStops } from "./queue/stop-signals.ts";
import { openCatalogue } from "./reload-catalogue.ts";
import { createAuditChannel } from "./slack/audit-channel.ts";
import { createChannelFacts, createChannels } from "./slack/channel-facts.ts";
import { createProjector } from "./slack/projector.ts";
import { createResultDelivery } from "./slack/result-delivery.ts";
import { createSlackClients } from "./slack/slack-clients.ts";
import { createDirectory } from "./slack/slack-directory.ts";
import { createSlackPoster } from "./slack/slack-poster.ts";
import { startSqlChecker } from "./sql/check-in-worker.ts";
import { findInstallation } from "./slack/installation.ts";
import { createResultRemoval } from "./slack/remove-results.ts";
import { startSlack } from "./slack/start-slack.ts";
import { createCanaryBook } from "./store/canary-book.ts";
import { createAllowances } from "./store/allowances.ts";
import { createDelegations } from "./store/delegations.ts";
import { createDenyBook } from "./store/deny-book.ts";
import { createOpenPlaces } from "./store/open-places.ts";
import { openRequests } from "./store/open-requests.ts";
import { createRecipeBook } from "./store/recipe-book.ts";
import { watchTable } from "./store/watch-table.ts";
import { createReviewBook } from "./store/review-book.ts";
import { createRequestStore } from "./store/request-store.ts";
import type { Request } from "./request/request.ts";
import { attendWrites } from "./workflow/attend-writes.ts";
import { createUseCases } from "./workflow/create-use-cases.ts";
import type { Deps } from "./workflow/deps.ts";
import { createLeaseKeeper } from "./workflow/lease-keeper.ts";
import { performRun, type RunDeps } from "./workflow/perform-run.ts";
import type { Clock, Directory } from "./workflow/ports.ts";
import { projectRequest } from "./workflow/project-request.ts";
import { recordRefusal } from "./workflow/record-refusal.ts";
import { sweep } from "./workflow/sweep.ts";
import { tidyRequest } from "./workflow/tidy-request.ts";
import { createGrantWatch } from "./workflow/watch-grants.ts";

export type App = AsyncDisposable & {
  healthPort: number;
  /** Port of `/slack/events`, when this process serves it. */
  slackPort: number | undefined;
  /** Reads the runbook folder again. */
  reload(): Promise<"changed" | "same" | "refused">;
};

export type Overrides = {
  log: Log;
  clock?: Clock;
  sweepEveryMs?: number;
  athenaLeaseMs?: number;
  signal?: AbortSignal;
};

/** Of what the metrics ask of the table and Redis: less than any scraper waits. */
const METRICS_PATIENCE_MS = 2_000;

/**
 * The composition root, the only place that knows every adapter. Resolves when every part of this process's
 * roles is connected; parts that are unreachable are waited for, and `/readyz` says which. What ends access (the
 * sweep, the keeper of leases, the janitor) waits for the table and Redis alone: a Slack that is away keeps nothing
 * open. Dispose stops intake, waits for what is under way, and closes everything in the reverse order.
 *
 * @throws RunbookError, ConfigError when a person must edit something first.
 */
export async function createApp(config: Config, overrides: Overrides): Promise<App> {
  const { log, clock = { now: () => new Date() }, signal = new AbortController().signal } = overrides;
  const catalogue = await openCatalogue(config.runbooksDir, log);
  await using opening = new AsyncDisposableStack();
  const disposing = new AbortController();
  opening.defer(() => disposing.abort());
  const stopping = AbortSignal.any([signal, disposing.signal]);

  const ready = new Map<string, () => boolean>();
  const place = { region: config.region, ...(config.awsEndpoint ? { endpoint: config.awsEndpoint } : {}) };
  const own = opening.use(createOwnClients(place));
  const canaries = createCanaryBook(own.dynamodb, config.table);
  const metrics = createMetrics({
    ready: () => new Map([...ready].map(([name, isReady]) => [name, isReady()])),
    canary: () => canaries.last(),
    // Before the queue is there, nothing can be said of it; `jit_unread` says so.
    queues: async () => queue.depths(),
    patienceMs: METRICS_PATIENCE_MS,
  });
  const health = opening.use(
    await startHealth({
      host: config.healthHost,
      port: config.healthPort,
      missing: () => [...ready].filter(([, isReady]) => !isReady()).map(([name]) => name),
      metrics: { type: EXPOSITION_TYPE, text: metrics.text },
    }),
  );
  ready.set("slack", () => false);

  const table = opening.use(watchTable(own.dynamodb, config.table, log));
  ready.set("table", table.ready);
  const store = countEvents(createRequestStore(own.dynamodb, config.table), metrics.event);
  let watched = 0;
  const findOpen = async () => {
    const ids = await openRequests(own.dynamodb, config.table);
    watched = ids.length;
    return ids;
  };

  const redis = connectRedis(config.redisUrl, log);
  opening.defer(() => redis.disconnect());
  ready.set("redis", () => redis.status === "ready");
  const queue = opening.use(
    createQueue({
      redis,
      prefix: config.queuePrefix,
      log,
      ...(overrides.sweepEveryMs === undefined ? {} : { sweepEveryMs: overrides.sweepEveryMs }),
    }),
  );
  const memory = createShortMemory(redis, config.queuePrefix);

  const slack = createSlackClients({
    botToken: config.slack.botToken,
    log,
    ...(config.slack.apiUrl ? { slackApiUrl: config.slack.apiUrl } : {}),
  });
  const poster = createSlackPoster({ client: slack.background, fetch: slack.fetch, log });
  const alarms = createAuditChannel({ slack: poster, channel: config.auditChannel, log });
  const channels = createChannels(slack.interactive);
  const book = createDenyBook(own.dynamodb, config.table);
  const denyList = createDenyList({ sts: own.sts, place, book, clock });
  const janitor = createQueryJanitor({ sts: own.sts, place });
  const sqlChecker = opening.use(startSqlChecker());
  const projector = createProjector({
    slack: poster,
    store,
    clock,
    log,
    catalogue: catalogue.current,
    exclusive: memory.exclusive,
  });

  // Before Slack has said where this bot is at home nobody can be asked who they are: a run stays queued, and the
  // sweeper hands it over again.
  let perform: Handlers["run"] | undefined;
  let attended: Pick<RunDeps, "keeper" | "stopSignal"> | undefined;
  let attendTo: ((request: Request) => Promise<void>) | undefined;
  let sweeping: Promise<void> | undefined;
  let directory: Directory | undefined;
  if (config.roles.includes("worker")) {
    const ending = {
      store,
      queue,
      clock,
      log,
      awsClock: createAwsClock(own.sts),
      janitor,
      alarms,
      denyList,
      attendWrites: async (request: Request) => attendTo?.(request),
    };
    const watchGrants = createGrantWatch({
      ...ending,
      catalogue: catalogue.current,
      openRequests: findOpen,
      directory: () => directory,
      channels,
    });
    const canarySessions = createSessionIssuer({ sts: own.sts, place, clock });
    const removeRows = createResultRemoval({ slack: poster, store, log });
    const keeper = opening.use(createLeaseKeeper(ending));
    const subscriber = connectBlockingRedis(config.redisUrl, log);
    opening.defer(() => subscriber.disconnect());
    const stops = listenForStops(subscriber, config.queuePrefix);
    const workers = opening.use(
      startWorkers({
        redisUrl: config.redisUrl,
        prefix: config.queuePrefix,
        log,
        handlers: {
          run: async (job) => perform?.(job),
          project: ({ requestId }) => projectRequest({ ...ending, ...projector, removeRows }, requestId),
          wake: (requestId) => tidyRequest(ending, requestId),
          sweep: async () => {
            const startedAt = performance.now();
            const { failed } = await sweep(ending);
            await watchGrants();
            const seconds = (performance.now() - startedAt) / 1000;
            metrics.swept({ at: clock.now(), seconds, failed, watched });
          },
          canary: async () => {
            const { canary } = config;
            const now = () => clock.now();
            const { check: checkSql } = sqlChecker;
            const story = { catalogue: catalogue.current(), checkSql, sessions: canarySessions, now };
            if (canary)
              await reportCanary({ ...ending, book: canaries }, await runCanary(story, canary, stopping));
          },
        },
      }),
    );
    ready.set("worker", workers.ready);
    attended = { keeper, stopSignal: stops.signalFor };
    sweeping = stops.start().then(() => startSchedules(queue, config.canary !== undefined, log, stopping));
  }

  const finding = findInstallation(slack.background, {
    allowedTeams: config.slack.allowedTeams,
    signal: stopping,
    log,
  });
  const [home] = await unlessAborted(stopping, Promise.all([finding, sweeping]));
  const slackDirectory = createDirectory({
    client: slack.interactive,
    allowedTeams: home.allowedTeams,
    ...(home.enterpriseId === undefined ? {} : { enterpriseId: home.enterpriseId }),
    timeoutMs: 2_000,
    log,
  });
  directory = slackDirectory;
  const deps: Deps = {
    store,
    places: createOpenPlaces(own.dynamodb, config.table),
    reviews: createReviewBook(own.dynamodb, config.table),
    queue,
    directory: slackDirectory,
    channels,
    people: createPeople({
      config: config.people,
      client: slack.interactive,
      files: catalogue.people,
      clock,
      team: home.teamId,
    }),
    allowances: createAllowances(own.dynamodb, config.table),
    delegations: createDelegations(own.dynamodb, config.table),
    recipes: createRecipeBook(own.dynamodb, config.table),
    openRequests: findOpen,
    clock,
    log,
    catalogue: catalogue.current,
    checkSql: sqlChecker.check,
    team: home.teamId,
  };
  if (attended) {
    const runDeps: RunDeps = {
      ...deps,
      ...attended,
      janitor,
      worker: randomUUID(),
      sessions: createSessionIssuer({ sts: own.sts, place, clock }),
      delivery: createResultDelivery({
        slack: createSlackPoster({ client: slack.rows, fetch: slack.fetch, log }),
        directory: slackDirectory,
        channelFacts: createChannelFacts(slack.background),
        project: projector.project,
        store,
        log,
      }),
      stopping,
      ...(overrides.athenaLeaseMs === undefined ? {} : { athenaLeaseMs: overrides.athenaLeaseMs }),
    };
    perform = ({ requestId, run }) => performRun(runDeps, requestId, run);
    attendTo = (request) => attendWrites(runDeps, request);
  }

  let slackPort: number | undefined;
  if (config.roles.includes("bot")) {
    const surface = opening.use(
      await startSlack(
        {
          ...config.slack,
          allowedTeams: home.allowedTeams,
          ...(config.slack.apiUrl ? { slackApiUrl: config.slack.apiUrl } : {}),
        },
        {
          clients: slack,
          useCases: createUseCases(deps),
          catalogue: catalogue.current,
          clock,
          log,
          seen: memory.seen,
          onForeign: ({ teams, user, kind }) =>
            void recordRefusal(deps, {
              actor: { teamId: teams[0] ?? "unknown", userId: user },
              act: `deliver ${kind}`,
              why: "other-team",
            }),
          explainPolicy: (plan) => explainPolicy(JSON.parse(plan.sessionPolicy) as PolicyDocument),
        },
      ),
    );
    ready.set("slack", surface.ready);
    slackPort = surface.port;
  } else ready.delete("slack");

  log.info("ready", { roles: config.roles, runbooks: catalogue.current().runbooks.size });
  const stack = opening.move();
  return {
    healthPort: health.port,
    slackPort,
    reload: catalogue.reload,
    async [Symbol.asyncDispose]() {
      disposing.abort();
      await stack.disposeAsync();
    },
  };
}

async function startSchedules(
  queue: { startSweeping(): Promise<void>; scheduleCanary(wanted: boolean): Promise<void> },
  withCanary: boolean,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await queue.startSweeping();
      return await queue.scheduleCanary(withCanary);
    } catch (error) {
      signal.throwIfAborted();
      log.warn("sweeping could not be started; trying again", { error });
      await wait(1_000, undefined, { signal });
    }
  }
}

/** The value, or the signal's reason as soon as it fires: a peer that is away must not keep a process from ending. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
