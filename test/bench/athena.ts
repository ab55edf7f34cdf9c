import { setTimeout as wait } from "node:timers/promises";
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  type StartQueryExecutionInput,
} from "@aws-sdk/client-athena";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { printRatios } from "./figures.ts";

const ROUNDS = 24;
const WARM_UP = 4;
const people = ["oncall", "engineer", "lead", "approver2"] as const;

/** From the click on Approve to the result of an Athena query, beside the same calls without a product around them. */
export async function athena(): Promise<void> {
  await using sandbox = await startSandbox({ redisUrl: process.env["REDIS_URL"], path: process.env["PATH"] });
  const rounds: Round[] = [];
  const bare: number[] = [];
  for (let i = 0; i < ROUNDS + WARM_UP; i++) {
    const round = await oneRound(sandbox, people[i % people.length] ?? "oncall", i);
    rounds.push(round);
    // In turn, so that whatever else the machine does falls on both.
    bare.push(await barePath(sandbox, round, i));
  }
  const measured = rounds.slice(WARM_UP);
  printRatios(`Athena, ${ROUNDS} rounds`, [
    { name: "bare: AssumeRole, Start, poll, GetQueryResults", times: bare.slice(WARM_UP) },
    { name: "click on Approve → query started", times: measured.map(({ toStart }) => toStart) },
    { name: "click on Approve → result in the thread", times: measured.map(({ toResult }) => toResult) },
  ]);
}

type Round = { toStart: number; toResult: number; policy: string; query: StartQueryExecutionInput };

async function oneRound(
  { slack, aws }: Sandbox,
  who: (typeof people)[number],
  round: number,
): Promise<Round> {
  const reason = `Athena bench round ${round}`;
  const person = slack.as(who);
  const approver = slack.as(who === "lead" ? "approver2" : "lead");
  await person.command("/jit request ct-root-activity", { channel: "#incidents" });
  const form = await person.waitForView("Send request");
  const seconds = Math.floor(aws.clock.now().getTime() / 1000);
  const fields = { Account: "111122223333", "From (UTC)": seconds - 3 * 86_400, "To (UTC)": seconds };
  await person.fill(form, { ...fields, Reason: reason }).submit();
  const card = await approver.waitForMessage("#jit-approvals", reason, { timeoutMs: 10_000 });
  const after = aws.calls.query().at(-1)?.id ?? 0;

  const clickedAt = Date.now();
  const click = approver.click(card, "jit_approve");
  const assumed = await aws.calls.waitForCall((call) => call.id > after && call.operation === "AssumeRole");
  const session = assumed.issued?.arn.split("/").at(-1);
  const started = await aws.calls.waitForCall(
    (call) => call.operation === "StartQueryExecution" && call.sessionName === session,
  );
  await approver.waitForMessage("#jit-approvals", /How to read this/, { thread: card.ts, timeoutMs: 20_000 });
  const toResult = Date.now() - clickedAt;
  await click;
  return {
    toStart: started.at.getTime() - clickedAt,
    toResult,
    policy: (assumed.request as { Policy: string }).Policy,
    query: started.request as StartQueryExecutionInput,
  };
}

/** New clients each time, and the pauses between looks that a run makes, without their jitter. */
async function barePath({ aws }: Sandbox, like: Round, round: number): Promise<number> {
  const startedAt = performance.now();
  const place = { endpoint: aws.url, region: aws.region };
  const sts = new STSClient({ ...place, credentials: aws.broker });
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: aws.athenaRoleArn,
      RoleSessionName: `jit-bench-${round}`,
      SourceIdentity: "bench",
      DurationSeconds: 900,
      ExternalId: aws.externalId,
      Policy: like.policy,
      Tags: ["grant", "runbook", "version"].map((Key) => ({ Key, Value: "bench" })),
    }),
  );
  const client = new AthenaClient({
    ...place,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    },
  });
  const { ClientRequestToken: _theirs, ...query } = like.query;
  const { QueryExecutionId } = await client.send(new StartQueryExecutionCommand(query));
  for (let waitMs = 250; ; waitMs *= 1.5) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const state = QueryExecution?.Status?.State;
    if (state === "SUCCEEDED") break;
    if (state !== "QUEUED" && state !== "RUNNING")
      throw new Error(`The bare query is ${state}: ${QueryExecution?.Status?.StateChangeReason}`);
    await wait(waitMs);
  }
  await client.send(new GetQueryResultsCommand({ QueryExecutionId }));
  sts.destroy();
  client.destroy();
  return performance.now() - startedAt;
}
