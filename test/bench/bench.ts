import { DynamoDBClient, QueryCommand, type QueryCommandInput } from "@aws-sdk/client-dynamodb";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import { parseInputs } from "../../src/runbook/parse-inputs.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { provePlan } from "../../src/workflow/prove-plan.ts";
import { resolvePlan } from "../../src/workflow/resolve-plan.ts";
import { athena } from "./athena.ts";
import { printRatios, quantile } from "./figures.ts";
import { guard } from "./guard.ts";
import { revocation } from "./revoke.ts";

/**
 * `npm run bench`: how much the product adds to the bare calls, as ratios within one run, on the local Slack and
 * AWS with the best Redis of this machine. Absolute times say something about this machine only.
 */
const ROUNDS = 32;
const WARM_UP = 4;
/** Four people may have ten open requests each; a request stays open until its session's end is proven. */
const people = ["oncall", "engineer", "lead", "approver2"] as const;

await dynamoDb();
await planning();
await guard();
await athena();
await revocation();

type Round = {
  toFirstCall: number;
  toRows: number;
  toResult: number;
  policy: string;
  query: QueryCommandInput;
};

/** In a sandbox of its own, so that nothing of it goes on beside what is measured next. */
async function dynamoDb(): Promise<void> {
  await using sandbox = await startSandbox({ redisUrl: process.env["REDIS_URL"], path: process.env["PATH"] });
  console.log(`Redis: ${sandbox.redis.describe}`);
  const rounds: Round[] = [];
  for (let i = 0; i < ROUNDS + WARM_UP; i++)
    rounds.push(await oneRound(sandbox, people[i % people.length] ?? "oncall", i));
  const bare = await barePath(sandbox, rounds.at(-1));
  print(rounds.slice(WARM_UP), bare.slice(WARM_UP));
}

async function oneRound(
  { slack, aws, orders }: Sandbox,
  who: (typeof people)[number],
  round: number,
): Promise<Round> {
  const reason = `Bench round ${round}`;
  const person = slack.as(who);
  const approver = slack.as(who === "lead" ? "approver2" : "lead");
  await person.command("/jit request orders-stuck-by-status", { channel: "#incidents" });
  const form = await person.waitForView("Send request");
  const cutOff = Math.floor(orders.stuck.since.getTime() / 1000) + 900;
  await person
    .fill(form, { Status: "PAID", "In this status since before (UTC)": cutOff, Reason: reason })
    .submit();
  const card = await approver.waitForMessage("#jit-approvals", reason);
  const after = aws.calls.query().at(-1)?.id ?? 0;
  const dms = person.directMessages().at(-1)?.ts ?? "0";

  const clickedAt = Date.now();
  const click = approver.click(card, "jit_approve");
  const assumed = await aws.calls.waitForCall((call) => call.id > after && call.operation === "AssumeRole");
  const session = assumed.issued?.arn.split("/").at(-1);
  const query = await aws.calls.waitForCall(
    (call) => call.operation === "Query" && call.sessionName === session,
  );
  const [resultAt, rowsAt] = await Promise.all([
    approver
      .waitForMessage("#jit-approvals", /How to read this/, { thread: card.ts, timeoutMs: 10_000 })
      .then(() => Date.now()),
    person
      .waitForMessage("dm", /Only you see these rows/, { after: dms, timeoutMs: 10_000 })
      .then(() => Date.now()),
  ]);
  await click;
  return {
    toFirstCall: assumed.at.getTime() - clickedAt,
    toResult: resultAt - clickedAt,
    toRows: rowsAt - clickedAt,
    policy: (assumed.request as { Policy: string }).Policy,
    query: query.request as QueryCommandInput,
  };
}

/** The same two calls without a product around them: new clients each time, as a run makes them. */
async function barePath({ aws }: Sandbox, like: Round | undefined): Promise<number[]> {
  if (!like) return [];
  const policy = like.policy.replaceAll(/"aws:CurrentTime":"[^"]+"/g, `"aws:CurrentTime":"${inAMinute()}"`);
  const times: number[] = [];
  for (let i = 0; i < ROUNDS + WARM_UP; i++) {
    const startedAt = performance.now();
    const sts = new STSClient({ endpoint: aws.url, region: aws.region, credentials: aws.broker });
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: aws.dataRoleArn,
        RoleSessionName: `jit-bench-${i}`,
        SourceIdentity: "bench",
        DurationSeconds: 900,
        ExternalId: aws.externalId,
        Policy: policy,
        Tags: ["grant", "runbook", "version"].map((Key) => ({ Key, Value: "bench" })),
      }),
    );
    const client = new DynamoDBClient({
      endpoint: aws.url,
      region: aws.region,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? "",
        secretAccessKey: Credentials?.SecretAccessKey ?? "",
        sessionToken: Credentials?.SessionToken ?? "",
      },
    });
    await client.send(new QueryCommand(like.query));
    times.push(performance.now() - startedAt);
    sts.destroy();
    client.destroy();
  }
  return times;
}

/** From typed inputs to a plan whose session policy is compiled and proven; what a submission costs before its write. */
async function planning(): Promise<void> {
  const { catalogue } = await loadCatalogue("runbooks");
  const runbook = catalogue.runbooks.get("orders-stuck-by-status");
  if (!runbook) throw new Error("The bench's runbook is gone");
  const createdAt = new Date();
  const times: number[] = [];
  for (let i = 0; i < 600; i++) {
    const startedAt = performance.now();
    const checked = parseInputs(runbook, {
      status: "PAID",
      older_than: "2026-11-21T02:10:00Z",
      customer_id: "C-1234",
    });
    if (checked.status === "invalid") throw new Error("The bench's inputs are refused");
    const plan = resolvePlan(catalogue, {
      runbook: runbook.metadata.name,
      inputs: checked.inputs,
      requestId: "RBENCH00000000000",
      requester: { teamId: "T0SANDBOX", userId: "U0ONCALL" },
      grant: { kind: "single-run", durationMinutes: 15, maxRuns: 1 },
      createdAt,
    });
    if (plan) provePlan(plan, new Date(createdAt.getTime() + 60_000), createdAt);
    times.push((performance.now() - startedAt) * 1000);
  }
  const warm = times.slice(100);
  console.log(
    `\nparse + plan + compile + prove, per request: median ${quantile(warm, 0.5).toFixed(0)} µs, p95 ${quantile(warm, 0.95).toFixed(0)} µs`,
  );
}

function print(rows: readonly Round[], bareTimes: readonly number[]): void {
  printRatios(`DynamoDB, ${ROUNDS} rounds`, [
    { name: "bare: AssumeRole + the same Query", times: bareTimes },
    { name: "click on Approve → first AWS call", times: rows.map((row) => row.toFirstCall) },
    { name: "click on Approve → result in the thread", times: rows.map((row) => row.toResult) },
    { name: "click on Approve → rows at the requester", times: rows.map((row) => row.toRows) },
  ]);
}

function inAMinute(): string {
  return `${new Date(Date.now() + 60_000).toISOString().slice(0, 19)}Z`;
}
