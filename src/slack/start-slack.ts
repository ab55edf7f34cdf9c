import { HTTPReceiver, SocketModeReceiver } from "@slack/bolt";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import type { Plan } from "../runbook/plan.ts";
import { ConfigError } from "../errors.ts";
import type { Clock, Log } from "../workflow/ports.ts";
import type { UseCases } from "../workflow/use-cases.ts";
import { createBoltApp } from "./create-bolt-app.ts";
import { createReceiver } from "./create-receiver.ts";
import { type CustomRoute, type FrontDoor, openFrontDoor, SLACK_PATH } from "./front-door.ts";
import type { ForeignDelivery, Hardening } from "./hardening.ts";
import { findInstallation, type Installation } from "./installation.ts";
import { createSlackClients, type SlackClients } from "./slack-clients.ts";
import { disconnect, keepConnected } from "./socket-connection.ts";

export type SlackOptions = {
  transport: "socket" | "http";
  botToken: string;
  /** For Socket Mode, with `connections:write`. */
  appToken?: string;
  /** For HTTP. */
  signingSecret?: string;
  /** Of the server for Slack's requests and `healthRoutes`; 0 for any free one. In Socket Mode without such routes none is opened. */
  port?: number;
  host?: string;
  /** Another Slack than slack.com. */
  slackApiUrl?: string;
  /** Our app's id, when known; taken from the app token otherwise. */
  appId?: string;
  /** Teams whose members may act; empty for the bot's own team only. */
  allowedTeams: readonly string[];
  healthRoutes?: readonly CustomRoute[];
};

export type SlackDeps = {
  useCases: UseCases;
  catalogue: () => Pick<Catalogue, "runbooks">;
  explainPolicy: (plan: Plan) => readonly string[];
  /** True when this delivery was seen before; remembered for minutes across replicas. */
  seen: (key: string) => Promise<boolean>;
  /** Told of deliveries from other teams, for the audit. */
  onForeign?: (foreign: ForeignDelivery) => void;
  clients?: SlackClients;
  clock: Clock;
  log: Log;
};

export interface SlackSurface extends AsyncDisposable {
  /** Whether deliveries reach us now. */
  ready(): boolean;
  /** Resolves once they do for the first time; rejects with `ConfigError` when Slack refuses us for good. */
  readonly connected: Promise<void>;
  /** Where the app is installed; undefined until Slack was reached. */
  installation(): Installation | undefined;
  readonly clients: SlackClients;
  /** Of the HTTP server, when there is one. */
  readonly port: number | undefined;
}

/** In-flight work gets so long to end when the surface stops. */
const DRAIN_MS = 10_000;

/**
 * Connects the use cases to Slack. Returns once connected, or once it is clear that Slack can't be reached now; then
 * it keeps trying, so that processes start in any order, and health is answered meanwhile.
 *
 * @throws ConfigError when an option is missing, or Slack refuses a token or belongs to another team
 */
export async function startSlack(options: SlackOptions, deps: SlackDeps): Promise<SlackSurface> {
  checkOptions(options);
  const clients = deps.clients ?? createSlackClients({ ...options, log: deps.log });
  const door = await openDoor(options, deps.clock);
  const running: Running = { door, isReady: false, stopping: new AbortController() };
  const unreachable = Promise.withResolvers<void>();
  const firstConnection = Promise.withResolvers<void>();
  // Nobody has to wait for it; a failure is logged below all the same.
  firstConnection.promise.catch(() => {});

  running.life = live(options, deps, clients, running, {
    onUnreachable: () => unreachable.resolve(),
    onConnected: () => firstConnection.resolve(),
  }).catch((error: unknown) => {
    running.isReady = false;
    firstConnection.reject(error);
    if (running.stopping.signal.aborted) return;
    deps.log.error("The connection to Slack ended for good", {
      reason: error instanceof Error ? error.message : "",
    });
  });

  const surface: SlackSurface = {
    ready: () => running.isReady,
    connected: firstConnection.promise,
    installation: () => running.installation,
    clients,
    port: door?.port,
    [Symbol.asyncDispose]: () => stop(running, deps.log),
  };
  try {
    await Promise.race([firstConnection.promise, unreachable.promise]);
  } catch (error) {
    await surface[Symbol.asyncDispose]();
    throw error;
  }
  return surface;
}

type Running = {
  door: FrontDoor | undefined;
  isReady: boolean;
  stopping: AbortController;
  installation?: Installation;
  hardening?: Hardening;
  receiver?: SocketModeReceiver | HTTPReceiver;
  life?: Promise<void>;
};

type Signals = { onUnreachable: () => void; onConnected: () => void };

async function live(
  options: SlackOptions,
  deps: SlackDeps,
  clients: SlackClients,
  running: Running,
  { onUnreachable, onConnected }: Signals,
): Promise<void> {
  const { log } = deps;
  const { signal } = running.stopping;
  const { allowedTeams } = options;
  const found = await findInstallation(clients.interactive, { allowedTeams, log, signal, onUnreachable });
  const appId = options.appId ?? found.appId ?? appIdOf(options.appToken);
  running.installation = { ...found, ...(appId === undefined ? {} : { appId }) };
  const receiver = createReceiver(options, clients, log);
  running.receiver = receiver;
  running.hardening = await createBoltApp(receiver, options.botToken, running.installation, deps, clients);

  const onChange = (isConnected: boolean) => {
    running.isReady = isConnected;
    if (isConnected) onConnected();
  };
  if (receiver instanceof HTTPReceiver) {
    running.door?.admit(receiver.requestListener);
    log.info("Listening for Slack", { transport: "http", port: running.door?.port, path: SLACK_PATH });
    onChange(true);
    return;
  }
  await keepConnected(receiver.client, { signal, onUnreachable, onChange, log });
}

/** In this order: take nothing new, end what is being handled while its acknowledgement can still be sent, then close. */
async function stop(running: Running, log: Log): Promise<void> {
  running.isReady = false;
  running.hardening?.close();
  const left = (await running.hardening?.drain(DRAIN_MS)) ?? 0;
  if (left > 0) log.warn("Stopped while deliveries were still being handled", { left });
  running.stopping.abort(new Error("the surface is stopping"));
  if (running.receiver instanceof SocketModeReceiver) await disconnect(running.receiver.client);
  await running.life;
  await running.door?.[Symbol.asyncDispose]();
}

async function openDoor(options: SlackOptions, clock: Clock): Promise<FrontDoor | undefined> {
  if (options.transport === "socket" && !options.healthRoutes?.length) return undefined;
  return openFrontDoor({
    port: options.port ?? 3000,
    routes: options.healthRoutes ?? [],
    clock,
    ...(options.host === undefined ? {} : { host: options.host }),
  });
}

function checkOptions({ transport, botToken, appToken, signingSecret }: SlackOptions): void {
  const mistakes = [
    ...(botToken === "" ? ["SLACK_BOT_TOKEN is empty"] : []),
    ...(transport === "socket" && !appToken ? ["SLACK_APP_TOKEN is needed for Socket Mode"] : []),
    ...(transport === "http" && !signingSecret ? ["SLACK_SIGNING_SECRET is needed for HTTP"] : []),
  ];
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}

/** `xapp-1-<app id>-…` */
function appIdOf(appToken: string | undefined): string | undefined {
  return /^xapp-\d+-(A[A-Z0-9]+)-/.exec(appToken ?? "")?.[1];
}
