import { BlockList, isIPv4, isIPv6 } from "node:net";
import { z } from "zod";
import { ConfigError } from "./errors.ts";

export type Config = Readonly<{
  roles: readonly Role[];
  runbooksDir: string;
  table: string;
  region: string;
  awsEndpoint?: string;
  redisUrl: string;
  /** Prefix of every key in Redis, so that several deployments can share one. */
  queuePrefix: string;
  slack: Readonly<{
    transport: "socket" | "http";
    botToken: string;
    appToken?: string;
    signingSecret?: string;
    apiUrl?: string;
    allowedTeams: readonly string[];
    port: number;
  }>;
  /** Directories of people besides Slack; absent: none is set up. */
  people?: Readonly<{
    pagerDuty?: ProviderConfig;
    opsgenie?: ProviderConfig;
    /** Id of the Slack profile field that names somebody's manager. */
    managerField?: string;
  }>;
  /** Where alarms are posted. */
  auditChannel?: string;
  /** What runs every night to show that ended sessions are refused. */
  canary?: Readonly<{ runbook: string; inputs: Readonly<Record<string, unknown>> }>;
  healthPort: number;
  healthHost: string;
  logLevel: "debug" | "info" | "warn" | "error";
}>;

type ProviderConfig = Readonly<{ token: string; region: "us" | "eu"; endpoint?: string }>;

type Role = "bot" | "worker";

/** One row per variable: `docs/configuration.md` is checked against it. */
export const environment = {
  JIT_ROLES: {
    text: "What this process does: `bot`, `worker` or both, comma-separated.",
    fallback: "bot,worker",
  },
  JIT_RUNBOOKS: { text: "Folder with runbooks, `datasources.yml` and `access.yml`.", fallback: "runbooks" },
  JIT_TABLE: { text: "DynamoDB table that holds requests and audit.", fallback: "jit-requests" },
  AWS_REGION: { text: "Region of the table and of STS.", fallback: undefined },
  AWS_ENDPOINT_URL: { text: "Another AWS endpoint, e.g. the local one.", fallback: "" },
  REDIS_URL: { text: "`redis://` or `rediss://` URL of the queue.", fallback: undefined },
  JIT_QUEUE_PREFIX: { text: "Prefix of every Redis key.", fallback: "jit" },
  SLACK_TRANSPORT: { text: "`socket` (no inbound port) or `http`.", fallback: "socket" },
  SLACK_BOT_TOKEN: { text: "Bot token, `xoxb-…`.", fallback: undefined },
  SLACK_APP_TOKEN: { text: "App-level token, `xapp-…`; needed for `socket`.", fallback: "" },
  SLACK_SIGNING_SECRET: { text: "Signing secret; needed for `http`.", fallback: "" },
  SLACK_API_URL: { text: "Another Slack API, e.g. the local one.", fallback: "" },
  SLACK_ALLOWED_TEAMS: {
    text: "Team ids whose people may act; empty: only the bot's own team.",
    fallback: "",
  },
  SLACK_PORT: { text: "Port of `/slack/events` with `http`.", fallback: "3000" },
  JIT_PAGERDUTY_TOKEN: {
    text: "Read-only API key of PagerDuty, for schedules of `access.yml`.",
    fallback: "",
  },
  JIT_PAGERDUTY_REGION: { text: "Service region of the account: `us` or `eu`.", fallback: "us" },
  JIT_PAGERDUTY_ENDPOINT: {
    text: "Another origin than PagerDuty's own: https, or http on loopback.",
    fallback: "",
  },
  JIT_OPSGENIE_TOKEN: { text: "Key of an Opsgenie API integration with read access.", fallback: "" },
  JIT_OPSGENIE_REGION: { text: "Service region of the account: `us` or `eu`.", fallback: "us" },
  JIT_OPSGENIE_ENDPOINT: {
    text: "Another origin than Opsgenie's own: https, or http on loopback.",
    fallback: "",
  },
  JIT_MANAGER_FIELD: {
    text: "Id of the Slack profile field that names a person's manager, where there is no `managers.yml`.",
    fallback: "",
  },
  JIT_AUDIT_CHANNEL: {
    text: "Slack channel id for alarms and the canary's result; empty: they stand in the log alone.",
    fallback: "",
  },
  JIT_CANARY_RUNBOOK: {
    text: "Runbook that the canary runs every night; a policy must name it with `canary: true`. Empty: none.",
    fallback: "",
  },
  JIT_CANARY_INPUTS: { text: "The canary's inputs, a JSON object.", fallback: "{}" },
  JIT_HEALTH_PORT: {
    text: "Port of `/healthz`, `/readyz` and `/metrics`; for your own network alone.",
    fallback: "8080",
  },
  JIT_HEALTH_HOST: { text: "Address that the health port listens on.", fallback: "0.0.0.0" },
  JIT_LOG_LEVEL: { text: "`debug`, `info`, `warn` or `error`.", fallback: "info" },
  JIT_ALLOW_MIXED: {
    text: "`yes` lets a Slack that is not Slack's own work with a real AWS, or a loopback AWS with the real Slack.",
    fallback: "no",
  },
} as const satisfies Record<string, { text: string; fallback: string | undefined }>;

type Name = keyof typeof environment;

/**
 * The environment as one frozen object.
 *
 * @throws ConfigError with every mistake, not only the first; never with a secret's value.
 */
export function readConfig(env: Environment): Config {
  const { get, check, mistakes } = reader(env);
  const { table, region, awsEndpoint } = readTable(check);
  const port = portNumber();
  const roles = check(
    "JIT_ROLES",
    z
      .string()
      .transform((s) => s.split(",").map((r) => r.trim()))
      .pipe(z.array(z.enum(["bot", "worker"])).min(1)),
    "`bot`, `worker` or `bot,worker`",
  );
  const transport = check("SLACK_TRANSPORT", z.enum(["socket", "http"]), "`socket` or `http`");
  const botToken = check(
    "SLACK_BOT_TOKEN",
    z.string().startsWith("xoxb-"),
    "a bot token that begins with xoxb-",
  );
  const appToken = check(
    "SLACK_APP_TOKEN",
    z.literal("").or(z.string().startsWith("xapp-")),
    "an app-level token that begins with xapp-",
  );
  const signingSecret = get("SLACK_SIGNING_SECRET");
  const redisUrl = check("REDIS_URL", url("redis:", "rediss:"), "a redis:// or rediss:// URL");
  const apiUrl = check("SLACK_API_URL", url("http:", "https:"), "an http(s) URL");
  const allowedTeams = check(
    "SLACK_ALLOWED_TEAMS",
    z
      .string()
      .transform((s) =>
        s
          .split(",")
          .map((t) => t.trim())
          .filter(Boolean),
      )
      .pipe(z.array(z.string().regex(/^[TE][A-Z0-9]+$/))),
    "team ids such as T0123ABCD, comma-separated",
  );
  const people = readPeopleConfig(check);
  const auditChannel = check(
    "JIT_AUDIT_CHANNEL",
    z.literal("").or(z.string().regex(/^[CG][A-Z0-9]+$/)),
    "a channel id such as C0123ABCD",
  );
  const canary = readCanary(check);
  const slackPort = check("SLACK_PORT", port, "a port number");
  const healthPort = check("JIT_HEALTH_PORT", port, "a port number");
  const logLevel = check(
    "JIT_LOG_LEVEL",
    z.enum(["debug", "info", "warn", "error"]),
    "`debug`, `info`, `warn` or `error`",
  );
  const queuePrefix = check(
    "JIT_QUEUE_PREFIX",
    z.string().regex(/^[\w-]{1,40}$/),
    "1 to 40 letters, digits, `-` or `_`",
  );

  const bot = roles?.includes("bot") ?? true;
  if (bot && transport === "socket" && appToken === "")
    mistakes.push("SLACK_APP_TOKEN is missing: Socket Mode needs it. Or set SLACK_TRANSPORT=http.");
  if (bot && transport === "http" && signingSecret === "")
    mistakes.push(
      "SLACK_SIGNING_SECRET is missing: the http transport proves with it that a request is Slack's.",
    );
  if (get("JIT_ALLOW_MIXED") !== "yes") mistakes.push(...mixedPeers(apiUrl, awsEndpoint));
  orThrow(mistakes);

  return Object.freeze({
    roles: roles ?? [],
    runbooksDir: get("JIT_RUNBOOKS"),
    table: table ?? "",
    region: region ?? "",
    ...(awsEndpoint ? { awsEndpoint } : {}),
    redisUrl: redisUrl ?? "",
    queuePrefix: queuePrefix ?? "",
    slack: Object.freeze({
      transport: transport ?? "socket",
      botToken: botToken ?? "",
      ...(appToken ? { appToken } : {}),
      ...(signingSecret ? { signingSecret } : {}),
      ...(apiUrl ? { apiUrl } : {}),
      allowedTeams: allowedTeams ?? [],
      port: slackPort ?? 0,
    }),
    people,
    ...(auditChannel ? { auditChannel } : {}),
    ...(canary ? { canary: Object.freeze(canary) } : {}),
    healthPort: healthPort ?? 0,
    healthHost: get("JIT_HEALTH_HOST"),
    logLevel: logLevel ?? "info",
  });
}

function readPeopleConfig(check: Reader["check"]): NonNullable<Config["people"]> {
  const provider = (name: "PAGERDUTY" | "OPSGENIE"): ProviderConfig | undefined => {
    const visible = z.literal("").or(z.string().regex(/^[\x21-\x7e]{1,512}$/));
    const token = check(`JIT_${name}_TOKEN`, visible, "1 to 512 visible ASCII characters");
    const region = check(`JIT_${name}_REGION`, z.enum(["us", "eu"]), "`us` or `eu`");
    const endpoint = check(
      `JIT_${name}_ENDPOINT`,
      z.string().refine((text) => text === "" || isSafeOrigin(text)),
      "an https origin without a path, or http on loopback",
    );
    return token
      ? Object.freeze({ token, region: region ?? "us", ...(endpoint ? { endpoint } : {}) })
      : undefined;
  };
  const pagerDuty = provider("PAGERDUTY");
  const opsgenie = provider("OPSGENIE");
  const managerField = check(
    "JIT_MANAGER_FIELD",
    z.literal("").or(z.string().regex(/^Xf[A-Z0-9]+$/)),
    "an id like Xf0123ABCD",
  );
  return Object.freeze({
    ...(pagerDuty ? { pagerDuty } : {}),
    ...(opsgenie ? { opsgenie } : {}),
    ...(managerField ? { managerField } : {}),
  });
}

function isSafeOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username, password } = new URL(text);
  const isBare = pathname === "/" && [search, hash, username, password].every((part) => part === "");
  return isBare && (protocol === "https:" || (protocol === "http:" && isLoopback(new URL(text))));
}

/** The part of it that `jit setup` needs. */
export function readTableConfig(
  env: Environment,
): Readonly<{ table: string; region: string; awsEndpoint?: string }> {
  const { check, mistakes } = reader(env);
  const { table = "", region = "", awsEndpoint } = readTable(check);
  orThrow(mistakes);
  return { table, region, ...(awsEndpoint ? { awsEndpoint } : {}) };
}

/** The part of it that `jit canary` needs. */
export function readCanaryConfig(
  env: Environment,
): Readonly<{ order: Config["canary"]; runbooksDir: string }> {
  const { get, check, mistakes } = reader(env);
  const order = readCanary(check);
  orThrow(mistakes);
  return { order, runbooksDir: get("JIT_RUNBOOKS") };
}

function readCanary(check: Reader["check"]): Config["canary"] {
  const runbook = check(
    "JIT_CANARY_RUNBOOK",
    z.literal("").or(z.string().regex(/^[a-z0-9-]+$/)),
    "the name of a runbook",
  );
  const object = z.record(z.string(), z.unknown());
  const inputs = check(
    "JIT_CANARY_INPUTS",
    z.string().transform((text, { addIssue }) => {
      try {
        return object.parse(JSON.parse(text));
      } catch {
        addIssue("no JSON object");
        return z.NEVER;
      }
    }),
    'a JSON object such as {"order_id": "O-00000001"}',
  );
  return runbook && inputs ? { runbook, inputs } : undefined;
}

/** The part of it that the health check of the image needs: where this process answers. */
export function readHealthAddress(env: Environment): Readonly<{ host: string; port: number }> {
  const { get, check, mistakes } = reader(env);
  const port = check("JIT_HEALTH_PORT", portNumber(), "a port number");
  orThrow(mistakes);
  return { host: get("JIT_HEALTH_HOST"), port: port ?? 0 };
}

function portNumber() {
  return z.coerce.number().int().min(0).max(65_535);
}

function readTable(check: Reader["check"]) {
  return {
    table: check("JIT_TABLE", z.string().regex(/^[\w.-]{3,255}$/), "a DynamoDB table name"),
    region: check(
      "AWS_REGION",
      z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/),
      "an AWS region such as eu-west-1",
    ),
    awsEndpoint: check("AWS_ENDPOINT_URL", url("http:", "https:"), "an http(s) URL"),
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

type Reader = {
  mistakes: string[];
  /** The trimmed text, or the fallback; a missing one without a fallback is a mistake. */
  get: (name: Name) => string;
  check: <T>(name: Name, schema: z.ZodType<T>, say: string) => T | undefined;
};

function reader(env: Environment): Reader {
  const mistakes: string[] = [];
  const get = (name: Name): string => {
    const given = env[name]?.trim();
    if (given) return given;
    const { fallback, text } = environment[name];
    if (fallback === undefined) mistakes.push(`${name} is missing. ${text}`);
    return fallback ?? "";
  };
  return {
    mistakes,
    get,
    check(name, schema, say) {
      const value = get(name);
      if (value === "" && environment[name].fallback === undefined) return undefined;
      const parsed = schema.safeParse(value);
      if (!parsed.success) mistakes.push(`${name} must be ${say}.`);
      return parsed.data;
    },
  };
}

function orThrow(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}

/** An absent URL is the empty text. */
function url(...protocols: string[]) {
  return z
    .string()
    .refine((text) => text === "" || (URL.canParse(text) && protocols.includes(new URL(text).protocol)));
}

/**
 * A Slack that is not Slack's own can make anybody say anything, so it never meets an AWS that may be real. Each side
 * is taken for what is worse: Slack is real only where it is surely Slack's, AWS local only where it is surely this host.
 */
function mixedPeers(slackApiUrl: string | undefined, awsEndpoint: string | undefined): string[] {
  const isSlackReal = !slackApiUrl || isSlacks(new URL(slackApiUrl));
  const isAwsLocal = Boolean(awsEndpoint) && isLoopback(new URL(awsEndpoint ?? ""));
  if (isSlackReal !== isAwsLocal) return [];
  return [
    isAwsLocal
      ? "AWS_ENDPOINT_URL is loopback and SLACK_API_URL is Slack's own: people would decide about nothing. Set both, none, or JIT_ALLOW_MIXED=yes."
      : "SLACK_API_URL is not Slack's own (https on slack.com or slack-gov.com) and AWS_ENDPOINT_URL is not loopback: a local Slack could approve access to real data. Set both, none, or JIT_ALLOW_MIXED=yes.",
  ];
}

function isSlacks({ protocol, hostname, port }: URL): boolean {
  const isOfDomain = (domain: string) => hostname === domain || hostname.endsWith(`.${domain}`);
  return protocol === "https:" && port === "" && ["slack.com", "slack-gov.com"].some(isOfDomain);
}

function isLoopback({ hostname }: URL): boolean {
  const loopback = new BlockList();
  loopback.addSubnet("127.0.0.0", 8, "ipv4");
  loopback.addAddress("::1", "ipv6");
  const host = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  if (isIPv4(host)) return loopback.check(host, "ipv4");
  return isIPv6(host) ? loopback.check(host, "ipv6") : host === "localhost";
}
