import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkRoles } from "../../src/cli/doctor/check-roles.ts";
import { wantedScopes } from "../../src/cli/doctor/check-slack.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { jit } from "../../src/cli/jit.ts";
import { loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { type SlackOptions, type SlackPeer, startSlack } from "../../src/sandbox/slack/start-slack.ts";
import { createCanaryBook } from "../../src/store/canary-book.ts";
import { createTable } from "../../src/store/create-table.ts";
import { type RunbookCopies, runbookCopies } from "../flows/runbook-copies.ts";
import { asDeclarations, shippedRoles } from "../iam/roles/shipped-roles.ts";
import { toldRedis } from "./told-redis.ts";

const shipped = join(import.meta.dirname, "../../runbooks");
const healthy = { info: ["role:master", "maxmemory_policy:noeviction", "aof_enabled:1"], save: "" };

let aws: AwsPeer;
let slack: SlackPeer;
let redis: AsyncDisposable & { url: string };
let operator: DynamoDBClient;

beforeAll(async () => {
  aws = await startAws({ externalId: "jit-sandbox", roles: asDeclarations(await shippedRoles()) });
  slack = await startSlack({ scopes: wantedScopes });
  redis = await toldRedis(healthy);
  operator = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.operator });
  await createTable(operator, "jit-requests", { deadlineMs: 5_000, pollMs: 20 });
});
afterAll(async () => {
  operator.destroy();
  await redis[Symbol.asyncDispose]();
  await slack[Symbol.asyncDispose]();
  await aws[Symbol.asyncDispose]();
});
afterEach(() => {
  aws.faults.clear();
  aws.clock.advance(-aws.clock.offsetMs());
});

type Env = Record<string, string>;

function environment(change: Env = {}, of: SlackPeer = slack): Env {
  // The SDK's default chain reads these from the process, not from what the command is given.
  process.env["AWS_ACCESS_KEY_ID"] = aws.broker.accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] = aws.broker.secretAccessKey;
  return {
    AWS_REGION: aws.region,
    AWS_ENDPOINT_URL: aws.url,
    REDIS_URL: redis.url,
    SLACK_API_URL: of.apiUrl,
    SLACK_BOT_TOKEN: of.botToken,
    SLACK_APP_TOKEN: of.appToken,
    JIT_RUNBOOKS: shipped,
    ...change,
  };
}

async function examine(env: Env): Promise<{ code: number; findings: Finding[]; text: string }> {
  const out: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => out.push(line), env };
  const code = await jit(["doctor", "--json"], io);
  const text = out.join("\n");
  return { code, text, findings: (JSON.parse(text) as { findings: Finding[] }).findings };
}

/** The one finding that says so; everything that is not ok has something to do with it. */
async function finds(env: Env, says: RegExp): Promise<{ code: number; finding: Finding }> {
  const { code, findings } = await examine(env);
  for (const { status, fix } of findings) expect(fix !== undefined).toBe(status !== "ok");
  const [finding, ...more] = findings.filter((one) => says.test(one.says));
  if (!finding || more.length > 0)
    throw new Error(`not once: ${String(says)} in\n${findings.map((one) => one.says).join("\n")}`);
  return { code, finding };
}

async function expectError(env: Env, about: string | RegExp, says: RegExp): Promise<void> {
  const { code, finding } = await finds(env, says);
  expect(finding).toMatchObject({ about: expect.stringMatching(about), status: "error" });
  expect(code).toBe(1);
}

async function expectNoError(env: Env, status: Finding["status"], says: RegExp): Promise<void> {
  const { code, finding } = await finds(env, says);
  expect(finding.status).toBe(status);
  expect(code).toBe(0);
}

describe("jit doctor on a deployment where all is well", () => {
  test("finds no error and changes nothing", async () => {
    aws.calls.clear();
    const { code, findings } = await examine(environment());
    expect(findings.filter(({ status }) => status === "error")).toEqual([]);
    expect(code).toBe(0);
    const roles = [
      "jit-data-athena-read",
      "jit-data-dynamodb-read",
      "jit-data-dynamodb-scan",
      "jit-data-dynamodb-write",
      "jit-janitor-athena",
    ];
    for (const role of roles) {
      const own = findings.filter(({ about, status }) => about === `role ${role}` && status === "ok");
      expect(own.length).toBe(role.includes("janitor") ? 2 : 3);
    }
    const succeeded = aws.calls.query({}).filter(({ error }) => !error);
    expect(new Set(succeeded.map(({ operation }) => operation))).toEqual(
      new Set(["AssumeRole", "DescribeTable", "DescribeTimeToLive", "GetCallerIdentity"]),
    );
    const refused = aws.calls.query({ operation: "AssumeRole", access: "denied" });
    expect(refused).toHaveLength(roles.length);
    for (const { request } of refused) expect(request).not.toHaveProperty("ExternalId");
    const slackCalls = slack.record.entries.flatMap((entry) => (entry.kind === "api" ? [entry.method] : []));
    expect(new Set(slackCalls)).toEqual(
      new Set(["auth.test", "apps.connections.open", "conversations.info"]),
    );
  });

  test("prints each finding with its fix, and a count, for people", async () => {
    const out: string[] = [];
    const io = { out: (line: string) => out.push(line), err: () => {}, env: environment() };
    expect(await jit(["doctor"], io)).toBe(0);
    expect(out).toContain("ok       scopes: The bot token has every scope of manifest.yml.");
    expect(out.find((line) => line.startsWith("unseen   manifest: "))).toBeDefined();
    expect(out.at(-1)).toMatch(/^\d+ ok, \d+ warning\(s\), 0 error\(s\), \d+ that can't be seen from here$/);
    expect(await jit(["doctor", "now"], io)).toBe(2);
  });

  test("shows no token, key or password", async () => {
    const { text } = await examine(environment());
    for (const secret of [slack.botToken, slack.appToken, aws.broker.secretAccessKey])
      expect(text).not.toContain(secret);
  });

  test("knows the scopes of the manifest", () => {
    const manifest = parse(readFileSync(join(import.meta.dirname, "../../manifest.yml"), "utf8")) as {
      oauth_config: { scopes: { bot: string[] } };
    };
    expect(wantedScopes).toEqual(manifest.oauth_config.scopes.bot.toSorted());
  });
});

describe("jit doctor finds in the configuration", () => {
  test("a variable that is missing, and still checks the runbooks", async () => {
    const { REDIS_URL: _, ...env } = environment();
    await expectError(env, "configuration", /^REDIS_URL is missing/);
    await expectNoErrorIn(env, "runbooks");
  });

  test("a runbook that is wrong", async () => {
    await using copies = await runbookCopies({
      "orders-by-id.yml": (text) => text.replace("version: 1.0.0", "version: one"),
    });
    await expectError(environment({ JIT_RUNBOOKS: copies.dir }), "runbooks", /orders-by-id\.yml:\d+/);
  });

  async function expectNoErrorIn(env: Env, about: string) {
    const { findings } = await examine(env);
    expect(findings.filter((one) => one.about === about)).toMatchObject([{ status: "ok" }]);
  }
});

describe("jit doctor finds in AWS", () => {
  test("credentials that nobody knows, and then asks nothing more", async () => {
    const env = environment();
    process.env["AWS_ACCESS_KEY_ID"] = "AKIAUNKNOWN";
    await expectError(env, "identity", /does not know the bot's own credentials/);
    const { findings } = await examine(env);
    expect(findings).toContainEqual(expect.objectContaining({ about: "table", status: "unseen" }));
  });

  test("that the bot is a user and no role", async () => {
    await expectNoError(environment(), "warning", /whose keys do not end/);
  });

  test("a clock that is seconds off, and one that is minutes off", async () => {
    aws.clock.advance(20_000);
    await expectNoError(environment(), "warning", /clock is (19|20|21) s behind AWS's/);
    aws.clock.advance(100_000);
    await expectError(environment(), "clock", /clock is (119|120|121) s behind AWS's/);
  });

  test("no table", async () => {
    await expectError(environment({ JIT_TABLE: "jit-requests-none" }), "table", /^There is no table/);
  });

  test("a table with another key and without indexes", async () => {
    await operator.send(
      new CreateTableCommand({
        TableName: "jit-requests-other",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );
    const says = /its key is id and not pk, sk; it has no index due; it has no index person/;
    await expectError(environment({ JIT_TABLE: "jit-requests-other" }), "table", says);
  });

  test("counters that never expire, until jit setup lets them", async () => {
    await createTable(operator, "jit-requests-new", { deadlineMs: 5_000, pollMs: 20 });
    const env = environment({ JIT_TABLE: "jit-requests-new" });
    await expectNoError(env, "warning", /^Counters of rules stay in jit-requests-new for ever/);
    const out: string[] = [];
    const io = { out: (line: string) => out.push(line), err: (line: string) => out.push(line), env };
    for (const _ of ["once", "again"]) expect(await jit(["setup"], io)).toBe(0);
    expect(out).toEqual(Array(2).fill("The table jit-requests-new exists and is ready."));
    await expectNoError(env, "ok", /^In jit-requests-new counters expire, and nothing else/);
  });

  test("items other than counters that expire", async () => {
    await createTable(operator, "jit-requests-ttl", { deadlineMs: 5_000, pollMs: 20 });
    const TimeToLiveSpecification = { Enabled: true, AttributeName: "createdAt" };
    await operator.send(
      new UpdateTimeToLiveCommand({ TableName: "jit-requests-ttl", TimeToLiveSpecification }),
    );
    const env = environment({ JIT_TABLE: "jit-requests-ttl" });
    await expectError(
      env,
      "table",
      /^DynamoDB deletes items of jit-requests-ttl by their attribute createdAt/,
    );
    const err: string[] = [];
    expect(await jit(["setup"], { out: () => {}, err: (line) => err.push(line), env })).toBe(1);
    expect(err.join()).toMatch(/by their attribute createdAt, which may take requests and audit away/);
  });

  test("a table that one call could delete, and what it may not look at", async () => {
    await expectNoError(environment(), "warning", /can be deleted by one call/);
    await expectNoError(environment(), "unseen", /Whether jit-requests can be restored/);
    aws.faults.add({
      service: "dynamodb",
      operation: "DescribeTable",
      effect: { kind: "error", code: "AccessDeniedException" },
    });
    await expectError(environment(), "table", /can't be looked at/);
  });
});

describe("jit doctor finds in a role", () => {
  test("that the bot can't assume it", async () => {
    await using copies = await runbookCopies({
      "datasources.yml": (text) => text.replace("externalId: jit-sandbox", "externalId: another"),
    });
    const env = environment({ JIT_RUNBOOKS: copies.dir });
    await expectError(env, "role jit-data-dynamodb-read", /^The bot can't assume it \(AccessDenied\)/);
  });

  test("a trust that opens without the external id, and that none is declared", async () => {
    const roles = asDeclarations(await shippedRoles()).map(({ trust, ...role }) => ({
      ...role,
      trust: { ...trust, Statement: trust.Statement.map(withoutExternalId) },
    }));
    const real = aws;
    await using open = await startAws({ roles });
    await using copies = await runbookCopies({
      "datasources.yml": (text) => text.replaceAll(/ +externalId: jit-sandbox\n/g, ""),
    });
    aws = open;
    try {
      const { code, findings } = await examine(environment());
      const found = findings.filter(({ says }) => says === "Its trust opens also without the external id.");
      expect(found.map(({ status, about }) => [status, about])).toEqual([
        ["error", "role jit-data-athena-read"],
        ["error", "role jit-data-dynamodb-read"],
        ["error", "role jit-data-dynamodb-scan"],
        ["error", "role jit-data-dynamodb-write"],
        ["error", "role jit-janitor-athena"],
      ]);
      expect(code).toBe(1);
      const undeclared = await examine(environment({ JIT_RUNBOOKS: copies.dir }));
      const unasked = undeclared.findings.filter(({ says }) => says.includes("declares no externalId"));
      expect(unasked.map(({ status }) => status)).toEqual(Array(5).fill("unseen"));
    } finally {
      aws = real;
    }
  });

  test("that a call goes through which its session forbids", async () => {
    const server = createServer((_, res) => {
      res.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end("{}");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const sts = new STSClient({ endpoint: aws.url, region: aws.region, credentials: aws.broker });
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { catalogue } = await loadCatalogue(shipped);
    const findings = await checkRoles({ sts, place: { region: aws.region, endpoint } }, catalogue);
    sts.destroy();
    server.closeAllConnections();
    server.close();
    const through = findings.filter(({ says }) =>
      says.includes("went through in a session that may do nothing"),
    );
    expect(through.map(({ about, status }) => [about, status])).toEqual([
      ["role jit-data-athena-read", "error"],
      ["role jit-data-dynamodb-read", "error"],
      ["role jit-data-dynamodb-scan", "error"],
      ["role jit-data-dynamodb-write", "error"],
    ]);
  });

  test("that it can't be told whether a call is refused", async () => {
    aws.faults.add({
      service: "athena",
      operation: "StartQueryExecution",
      effect: { kind: "error", code: "InvalidRequestException" },
    });
    await expectNoError(
      environment(),
      "unseen",
      /Whether athena:StartQueryExecution is refused can't be told/,
    );
  });
});

describe("jit doctor finds in Redis", () => {
  test.each<[string, { info: string[]; save: string }, Finding["status"], RegExp]>([
    [
      "that it evicts",
      { info: ["maxmemory_policy:allkeys-lru", "aof_enabled:1"], save: "" },
      "error",
      /\(allkeys-lru\)/,
    ],
    [
      "that it keeps nothing",
      { info: ["maxmemory_policy:noeviction", "aof_enabled:0"], save: "" },
      "warning",
      /forgets its content/,
    ],
    [
      "that it does not say what it keeps",
      { info: ["maxmemory_policy:noeviction"], save: "refused" },
      "unseen",
      /saves snapshots can't be seen/,
    ],
    [
      "that it does not say what it evicts",
      { info: ["aof_enabled:1"], save: "" },
      "unseen",
      /does not say what it evicts/,
    ],
    [
      "snapshots",
      { info: ["maxmemory_policy:noeviction", "aof_enabled:0"], save: "3600 1" },
      "ok",
      /^Redis saves snapshots/,
    ],
    [
      "a replica",
      { info: ["role:slave", "maxmemory_policy:noeviction", "aof_enabled:1"], save: "" },
      "error",
      /is a replica/,
    ],
  ])("%s", async (_title, told, status, says) => {
    await using server = await toldRedis(told);
    const { code, finding } = await finds(environment({ REDIS_URL: server.url }), says);
    expect(finding).toMatchObject({ about: "redis", status });
    expect(code).toBe(status === "error" ? 1 : 0);
  });

  test("that it can't be reached", async () => {
    const gone = await toldRedis(healthy);
    await gone[Symbol.asyncDispose]();
    await expectError(environment({ REDIS_URL: gone.url }), "redis", /^Redis can't be used/);
  });
});

describe("jit doctor finds in Slack", () => {
  async function inSlack(options: SlackOptions, breaks: (peer: SlackPeer) => void = () => {}) {
    const peer = await startSlack({ scopes: wantedScopes, ...options });
    breaks(peer);
    return peer;
  }

  test("a token that it refuses, one of another team, and a silent Slack", async () => {
    await expectError(
      environment({ SLACK_BOT_TOKEN: "xoxb-wrong" }),
      "slack",
      /refuses the bot token: invalid_auth/,
    );
    await expectError(
      environment({ SLACK_ALLOWED_TEAMS: "T0OTHER" }),
      "slack",
      /SLACK_ALLOWED_TEAMS does not name/,
    );
    await using down = await inSlack({}, (peer) => peer.faults.down());
    await expectError(environment({}, down), "slack", /^Slack can't be reached/);
  });

  test("scopes that are lacking, and scopes too many", async () => {
    await using few = await inSlack({ scopes: wantedScopes.filter((scope) => scope !== "files:write") });
    await expectError(environment({}, few), "scopes", /lacks files:write/);
    await using many = await inSlack({ scopes: [...wantedScopes, "users:read.email", "admin"] });
    await expectNoError(environment({}, many), "warning", /more than it needs: admin, users:read\.email/);
  });

  test("an app token that opens no socket, and nothing to see of HTTPS", async () => {
    await expectError(environment({ SLACK_APP_TOKEN: "xapp-wrong" }), "transport", /closed to the app token/);
    const http = environment({ SLACK_TRANSPORT: "http", SLACK_SIGNING_SECRET: "s" });
    await expectNoError(http, "unseen", /over HTTPS/);
  });

  test("a channel without the bot, an archived one, a shared one, and none at all", async () => {
    const channel = "#jit-approvals";
    await using without = await inSlack({}, (peer) => peer.faults.removeBot(channel));
    await expectError(environment({}, without), "channel C0APPROVALS", /^The bot is not in it/);
    await using archived = await inSlack({}, (peer) => peer.faults.archive(channel));
    await expectError(environment({}, archived), "channel C0APPROVALS", /^It is archived/);
    await using shared = await inSlack({}, (peer) => peer.faults.shareChannel(channel));
    await expectError(environment({}, shared), "channel C0APPROVALS", /another organisation read it/);
    await using copies = await runbookCopies({
      "access.yml": (text) => text.replace("C0APPROVALS", "C0NOWHERE"),
    });
    await expectError(environment({ JIT_RUNBOOKS: copies.dir }), "channel C0NOWHERE", /channel_not_found/);
  });

  test("that the rest of the manifest can't be seen", async () => {
    await expectNoError(environment(), "unseen", /can't read the app's manifest/);
  });
});

describe("jit doctor finds of what watches the deployment", () => {
  const audit = { JIT_AUDIT_CHANNEL: "C0AUDIT" };
  const order = { JIT_CANARY_RUNBOOK: "orders-by-id", JIT_CANARY_INPUTS: '{"order_id": "O-00000001"}' };
  let copies: RunbookCopies;
  beforeAll(async () => {
    copies = await runbookCopies({
      "access.yml": (text) =>
        text
          .replace("  - name: orders-read\n", "  - name: orders-read\n    canary: true\n")
          .replace("runbooks: [orders-*]", "runbooks: [orders-by-id, orders-*]"),
    });
  });
  afterAll(() => copies?.[Symbol.asyncDispose]());

  test("no audit channel, one without the bot, and a good one", async () => {
    await expectNoError(environment(), "warning", /^There is none: alarms stand in the log alone/);
    const without = environment({ JIT_AUDIT_CHANNEL: "C0NOBOT" });
    await expectError(without, "audit channel C0NOBOT", /^The bot is not in it/);
    const { findings } = await examine(environment(audit));
    expect(findings.filter(({ about }) => about.startsWith("audit channel"))).toMatchObject([
      { about: "audit channel C0AUDIT (#jit-audit)", status: "ok" },
    ]);
  });

  test("no canary, one that may not run, and one without a runbook", async () => {
    await expectNoError(environment(), "warning", /^There is none: nothing shows every night/);
    await expectError(environment(order), "canary", /^No policy of access.yml lets it run orders-by-id/);
    await expectError(
      environment({ ...order, JIT_CANARY_RUNBOOK: "orders-none", JIT_RUNBOOKS: copies.dir }),
      "canary",
      /^There is no runbook orders-none/,
    );
  });

  test("how the last canary ended, and when", async () => {
    const env = environment({ ...order, JIT_RUNBOOKS: copies.dir, JIT_TABLE: "jit-requests-canary" });
    await createTable(operator, "jit-requests-canary", { deadlineMs: 5_000, pollMs: 20 });
    const book = createCanaryBook(operator, "jit-requests-canary");
    await expectNoError(env, "unseen", /^None has run yet/);
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    await book.keep({ id: "R0000000000000001", status: "green", at: hoursAgo(3) });
    await expectNoError(env, "ok", /^The last one was green/);
    await book.keep({ id: "R0000000000000002", status: "green", at: hoursAgo(50) });
    await expectError(env, "canary", /^The last one ran 50 hours ago/);
    await book.keep({ id: "R0000000000000003", status: "red", at: hoursAgo(3) });
    await expectError(env, "canary", /^The last one was red/);
  });
});

describe("jit doctor looks at the revoker", () => {
  const revoker = "arn:aws:iam::111122223333:role/jit-revoker";
  let copies: RunbookCopies;
  beforeAll(async () => {
    copies = await runbookCopies({
      "datasources.yml": (text) => text.replace(/^( +)(dataRole: .*\n)/gm, `$1$2$1revokerRole: ${revoker}\n`),
    });
  });
  afterAll(() => copies?.[Symbol.asyncDispose]());

  test("which it can assume, and whose session that may do nothing is refused the deny-list", async () => {
    const real = aws;
    await using own = await startAws({ externalId: "jit-sandbox" });
    aws = own;
    try {
      const { findings } = await examine(environment({ JIT_RUNBOOKS: copies.dir }));
      const found = findings.filter(({ about }) => about === "role jit-revoker");
      expect(found.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
      expect(found[1]?.says).toContain("refused the deny-list");
      const [asked, ...more] = own.calls.query({ operation: "GetRolePolicy" });
      expect(more).toEqual([]);
      expect(asked).toMatchObject({ access: "denied", sessionName: "jit-revoker-doctor" });
    } finally {
      aws = real;
    }
  });

  test("which is not there", async () => {
    await using none = await runbookCopies({
      "datasources.yml": (text) =>
        text.replace(/^( +)(dataRole: .*\n)/m, `$1$2$1revokerRole: ${revoker}-none\n`),
    });
    const env = environment({ JIT_RUNBOOKS: none.dir });
    await expectError(env, "role jit-revoker-none", /^The bot can't assume it/);
  });
});

type TrustStatement = ReturnType<typeof asDeclarations>[number]["trust"]["Statement"][number];

function withoutExternalId(statement: TrustStatement): TrustStatement {
  const { StringEquals: _, ...Condition } = statement.Condition ?? {};
  return { ...statement, Condition };
}
