import { StopQueryExecutionCommand } from "@aws-sdk/client-athena";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsPeer, startAws } from "../../../src/sandbox/aws/start-aws.ts";
import { athenaOf, ended, execution, rowsOf, start, until } from "../athena/queries.ts";

let aws: AwsPeer;
let athena: ReturnType<typeof athenaOf>;
beforeEach(async () => {
  aws = await startAws();
  athena = athenaOf(aws);
});
afterEach(async () => {
  athena.destroy();
  await aws[Symbol.asyncDispose]();
});

async function control(method: string, path: string, body?: unknown) {
  const response = await fetch(`${aws.controlUrl}/control${path}`, {
    method,
    headers: { authorization: `Bearer ${aws.controlToken}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const customers = "SELECT count(*) AS n FROM crm.customers";

test("queries are made slow from outside", async () => {
  expect((await control("POST", "/athena/pace", { queueMs: 60, runMs: 60 })).body).toEqual({
    queueMs: 60,
    runMs: 60,
  });
  const { Statistics } = await ended(athena, await start(athena, customers));
  expect(Statistics?.QueryQueueTimeInMillis).toBeGreaterThanOrEqual(50);
  expect(Statistics?.EngineExecutionTimeInMillis).toBeGreaterThanOrEqual(50);
  expect((await control("POST", "/athena/pace", {})).body).toEqual({ queueMs: 0, runMs: 0 });
});

test("one query is held while others pass, is told who holds it, and is let go", async () => {
  const { status, body } = await control("POST", "/athena/holds", { phase: "running", queries: "next" });
  expect(status).toBe(201);
  const held = await start(athena, customers);
  await aws.calls.waitForCall(({ operation }) => operation === "GetObject");
  expect((await ended(athena, await start(athena, customers))).Status?.State).toBe("SUCCEEDED");
  expect((await execution(athena, held)).Status?.State).toBe("RUNNING");
  expect((await control("GET", "/athena")).body).toMatchObject({
    holds: [{ id: body["id"], phase: "running", queries: "next", held: [held] }],
    queries: [
      {
        queryExecutionId: held,
        state: "RUNNING",
        workGroup: "jit-cloudtrail",
        by: expect.stringContaining("jit-operator"),
      },
      { state: "SUCCEEDED" },
    ],
  });
  await control("DELETE", `/athena/holds/${String(body["id"])}`);
  await until(athena, held, "SUCCEEDED");
  expect((await control("GET", "/athena")).body).toMatchObject({ holds: [] });
});

test("a query that is known by its id is held further on", async () => {
  const queued = await control("POST", "/athena/holds", { phase: "queued" });
  const [mine, other] = [await start(athena, customers), await start(athena, customers)];
  const { body } = await control("POST", "/athena/holds", { phase: "running", queries: mine });
  await control("DELETE", `/athena/holds/${String(queued.body["id"])}`);
  await until(athena, other, "SUCCEEDED");
  await until(athena, mine, "RUNNING");
  await control("DELETE", "/athena/holds");
  await until(athena, mine, "SUCCEEDED");
  expect(body["id"]).toBeGreaterThan(Number(queued.body["id"]));
});

test("a held query that is stopped leaves nothing held", async () => {
  await control("POST", "/athena/holds", { phase: "running", queries: "next" });
  const id = await start(athena, customers);
  await aws.calls.waitForCall(({ operation }) => operation === "GetObject");
  await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
  await until(athena, id, "CANCELLED");
  expect((await control("GET", "/athena")).body).toMatchObject({ holds: [] });
});

test("a query is cancelled as if somebody else had stopped it, without a call of the API", async () => {
  await control("POST", "/athena/holds", { phase: "running" });
  const [one, two] = [await start(athena, customers), await start(athena, customers)];
  expect((await control("POST", "/athena/cancel", { queryExecutionId: one })).body).toEqual({
    cancelled: [one],
  });
  expect((await until(athena, one, "CANCELLED")).Status?.StateChangeReason).toBe("Query cancelled by user");
  expect((await execution(athena, two)).Status?.State).not.toBe("CANCELLED");
  expect((await control("POST", "/athena/cancel", {})).body).toEqual({ cancelled: [two] });
  await until(athena, two, "CANCELLED");
  expect(aws.calls.query({ operation: "StopQueryExecution" })).toEqual([]);
  expect(await control("POST", "/athena/cancel", { queryExecutionId: one })).toMatchObject({
    status: 404,
    body: { error: expect.stringContaining("No query under way") },
  });
});

test("the next query fails for lack of resources or by a fault of AWS, and the call itself is throttled", async () => {
  await control("POST", "/athena/failures", { failure: "internal" });
  await control("POST", "/athena/failures", { failure: "exhausted" });
  const first = await ended(athena, await start(athena, customers));
  expect(first.Status?.AthenaError).toMatchObject({ ErrorCategory: 1, Retryable: true });
  const second = await ended(athena, await start(athena, customers));
  expect(second.Status?.StateChangeReason).toContain("exhausted resources");
  await control("POST", "/faults", {
    service: "athena",
    operation: "StartQueryExecution",
    times: 1,
    effect: { kind: "error", code: "TooManyRequestsException" },
  });
  await expect(start(athena, customers)).rejects.toMatchObject({ name: "TooManyRequestsException" });
});

test("CloudTrail delivers now, and says how many events came", async () => {
  await ended(athena, await start(athena, customers));
  const { body } = await control("POST", "/athena/deliver");
  expect(body["delivered"]).toBeGreaterThan(3);
  const started = await rowsOf(
    athena,
    "SELECT eventname FROM cloudtrail_logs WHERE account = '111122223333' AND eventname = 'StartQueryExecution' AND useridentity.username = 'jit-operator'",
  );
  expect(started).toHaveLength(1);
});

test("what makes no sense is refused with what is wrong", async () => {
  expect(await control("POST", "/athena/holds", { phase: "asleep" })).toMatchObject({ status: 400 });
  expect(await control("POST", "/athena/failures", { failure: "moody" })).toMatchObject({ status: 400 });
  expect(await control("DELETE", "/athena/holds/4711")).toMatchObject({ status: 404 });
});
