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
  healthPort: number;
  healthHost: string;
  logLevel: "debug" | "info" | "warn" | "error";
}>;

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
  JIT_HEALTH_PORT: { text: "Port of `/healthz` and `/readyz`.", fallback: "8080" },
  JIT_HEALTH_HOST: { text: "Address that the health port listens on.", fallback: "0.0.0.0" },
  JIT_LOG_LEVEL: { text: "`debug`, `info`, `warn` or `error`.", fallback: "info" },
  JIT_ALLOW_MIXED: {
    text: "`yes` lets a loopback Slack work with a real AWS, or the other way round.",
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
  const port = z.coerce.number().int().min(0).max(65_535);
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
  const mixed =
    isLoopback(apiUrl || "https://slack.com") !== isLoopback(awsEndpoint || "https://amazonaws.com");
  if (mixed && get("JIT_ALLOW_MIXED") !== "yes")
    mistakes.push(
      "One of SLACK_API_URL and AWS_ENDPOINT_URL is loopback and the other is not: a local Slack could approve access to real data. Set both, none, or JIT_ALLOW_MIXED=yes.",
    );
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
    healthPort: healthPort ?? 0,
    healthHost: get("JIT_HEALTH_HOST"),
    logLevel: logLevel ?? "info",
  });
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

function isLoopback(text: string): boolean {
  const { hostname } = new URL(text);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
