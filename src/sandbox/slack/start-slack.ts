import { randomBytes } from "node:crypto";
import { answerControl, controlRoutes, type ControlAnswer } from "./control/control-api.ts";
import type { ControlContext } from "./control/route.ts";
import { Deliveries } from "./delivery/deliver.ts";
import { SignedHttp } from "./delivery/signed-http.ts";
import { SocketMode } from "./delivery/socket-mode.ts";
import type { Ack, Delivery } from "./delivery/transport.ts";
import { Persona } from "./driver.ts";
import { createFaults, type FaultSwitches } from "./fault-switches.ts";
import { FaultPlan } from "./faults.ts";
import type { Peer } from "./peer.ts";
import { PeerRecord } from "./record.ts";
import { ResponseUrls } from "./response-urls.ts";
import { startServer } from "./server.ts";
import { CannotAct } from "./slack-error.ts";
import { Triggers } from "./triggers.ts";
import { Workspace, type WorkspaceOptions } from "./workspace.ts";

export type SlackOptions = WorkspaceOptions & {
  /** How the app is reached; Socket Mode unless said otherwise. */
  transport?: "socket" | "http";
  /** Where signed requests go; may be set later with `setRequestUrl`. */
  requestUrl?: string;
  /** Slash commands of the app; `/jit` unless said otherwise. */
  commands?: readonly string[];
  /** Scopes of the bot token; those of the recommended manifest unless said otherwise. */
  scopes?: readonly string[];
  /** 0, the default, for any free port. */
  port?: number;
  /** Slack's three seconds; only tests of slow apps need less. */
  ackTimeoutMs?: number;
  /** Slack's: at once, one minute, five minutes. */
  eventRetryDelaysMs?: readonly number[];
  /** Random unless given; a person who scripts against a fixed sandbox may choose them. */
  tokens?: { bot?: string; app?: string; signingSecret?: string; control?: string };
};

/** A running local Slack workspace: point `@slack/bolt` at `apiUrl` and drive its people with `as`. */
export interface SlackPeer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** For `clientOptions.slackApiUrl`; ends with `/api/`. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly controlToken: string;
  readonly teamId: string;
  readonly appId: string;
  readonly botUserId: string;
  readonly faults: FaultSwitches;
  readonly record: PeerRecord;
  /** Everything the workspace knows; to look at, and to arrange what no switch covers. */
  readonly workspace: Workspace;
  /** A person by role or user id. */
  as(persona: string): Persona;
  /** Where signed requests go. Only for the HTTP transport. */
  setRequestUrl(url: string): void;
  /** Signed challenge to the request URL, as when a person saves it. */
  verifyRequestUrl(): Promise<boolean>;
  /** Slack's certificate check; the HTTP status that came back. */
  sslCheck(): Promise<number>;
  /** The control API for whoever is in this process: `control("POST", "/control/as/oncall/command", body)`. */
  control(method: string, path: string, body?: Buffer): Promise<ControlAnswer>;
  /** Sends any payload as Slack would, also one that no client could cause. */
  deliver(delivery: Delivery): Promise<Ack>;
  /** Until the app holds this many Socket Mode connections. */
  waitForConnections(count?: number, timeoutMs?: number): Promise<void>;
  /** Until `look` returns something; asked again after every change in the workspace. */
  until<T>(look: () => T | undefined, options?: { timeoutMs?: number; waitingFor?: string }): Promise<T>;
}

const defaultScopes = [
  "commands",
  "chat:write",
  "users:read",
  "users:read.email",
  "usergroups:read",
  "files:write",
  "channels:read",
  "groups:read",
];

/** Starts a local Slack workspace on loopback. Ends with `await using` or its async disposal. */
export async function startSlack(options: SlackOptions = {}): Promise<SlackPeer> {
  const workspace = new Workspace(options);
  const record = new PeerRecord(workspace.changes);
  const plan = new FaultPlan();
  const tokens = {
    bot: options.tokens?.bot ?? `xoxb-local-${randomText()}`,
    app: options.tokens?.app ?? `xapp-local-${randomText()}`,
    signingSecret: options.tokens?.signingSecret ?? randomText(),
    control: options.tokens?.control ?? randomText(),
  };
  const usesHttp = options.transport === "http";
  const socketMode = usesHttp ? undefined : new SocketMode(workspace, record);
  const signedHttp = usesHttp
    ? new SignedHttp(workspace, tokens.signingSecret, options.requestUrl)
    : undefined;
  const transport = socketMode ?? signedHttp;
  if (!transport) throw new Error("there is no transport");
  const deliveries = new Deliveries(transport, plan, record, {
    ackTimeoutMs: options.ackTimeoutMs ?? 3_000,
    eventRetryDelaysMs: options.eventRetryDelaysMs ?? [0, 60_000, 300_000],
  });
  const peer: Peer = {
    workspace,
    record,
    plan,
    deliveries,
    triggers: new Triggers(workspace),
    responseUrls: new ResponseUrls(workspace),
    commands: options.commands ?? ["/jit"],
    grantedScopes: new Set(options.scopes ?? defaultScopes),
    tokens,
    socketUrl: socketMode && (() => socketMode.issueUrl()),
  };
  const faults = createFaults(peer, socketMode, signedHttp);
  const needHttp = () => {
    if (!signedHttp) throw new CannotAct("this workspace uses Socket Mode: start it with transport: 'http'");
    return signedHttp;
  };
  const context: ControlContext = {
    peer,
    faults,
    setRequestUrl: (url) => {
      needHttp().requestUrl = url;
    },
    connections: () => socketMode?.connections ?? 0,
  };
  const control = controlRoutes({ ...context, token: tokens.control });
  const server = await startServer({ peer, socketMode, control, port: options.port ?? 0 });
  workspace.baseUrl = `http://127.0.0.1:${server.port}`;

  return {
    url: workspace.baseUrl,
    apiUrl: `${workspace.baseUrl}/api/`,
    botToken: tokens.bot,
    appToken: tokens.app,
    signingSecret: tokens.signingSecret,
    controlToken: tokens.control,
    teamId: workspace.team.id,
    appId: workspace.app.appId,
    botUserId: workspace.app.botUserId,
    faults,
    record,
    workspace,
    as: (persona) => new Persona(peer, workspace.person(persona)),
    setRequestUrl: (url) => {
      needHttp().requestUrl = url;
    },
    verifyRequestUrl: () => needHttp().verifyUrl(),
    sslCheck: () => needHttp().sslCheck(),
    control: (method, path, body = Buffer.alloc(0)) =>
      answerControl(context, method, new URL(path, "http://127.0.0.1"), body),
    deliver: (delivery) => deliveries.deliver(delivery),
    async waitForConnections(count = 1, timeoutMs = 30_000) {
      await workspace.changes.until(
        () => (socketMode && socketMode.connections >= count ? true : undefined),
        timeoutMs,
        () => `${count} Socket Mode connection(s); there are ${socketMode?.connections ?? 0}`,
      );
    },
    until: (look, { timeoutMs = 30_000, waitingFor = "what was asked for" } = {}) =>
      workspace.changes.until(look, timeoutMs, () => waitingFor),
    async [Symbol.asyncDispose]() {
      await socketMode?.[Symbol.asyncDispose]();
      await deliveries[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      workspace.changes.close();
    },
  };
}

function randomText(): string {
  return randomBytes(16).toString("hex");
}
