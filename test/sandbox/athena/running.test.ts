import { GetQueryResultsCommand, StopQueryExecutionCommand } from "@aws-sdk/client-athena";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { athenaOf, ended, execution, start, until } from "./queries.ts";

let aws: AwsPeer;
let athena: ReturnType<typeof athenaOf>;

beforeEach(async () => {
  aws = await startAws({ athena: { maxActiveQueries: 2 } });
  athena = athenaOf(aws);
});
afterEach(async () => {
  athena.destroy();
  await aws[Symbol.asyncDispose]();
});

const stop = (id: string) => athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));

describe("a query on its way", () => {
  test("is queued, then running with growing bytes, then done", async () => {
    const queued = aws.athena.pace.hold("queued");
    const running = aws.athena.pace.hold("running");
    const id = await start(
      athena,
      "SELECT count(*) AS n FROM cloudtrail_logs WHERE account = '444455556666'",
    );
    expect((await execution(athena, id)).Status?.State).toBe("QUEUED");
    queued.letGo();
    await aws.calls.waitForCall(({ operation }) => operation === "GetObject");
    const halfway = await until(athena, id, "RUNNING");
    running.letGo();
    const done = await until(athena, id, "SUCCEEDED");
    expect(halfway.Statistics?.DataScannedInBytes).toBeLessThan(done.Statistics?.DataScannedInBytes ?? 0);
    expect(done.Status?.CompletionDateTime).toBeInstanceOf(Date);
  });

  test("can be made slow by a pace in milliseconds", async () => {
    aws.athena.pace.set({ queueMs: 60, runMs: 60 });
    const { Statistics } = await ended(
      athena,
      await start(athena, "SELECT count(*) AS n FROM crm.customers"),
    );
    expect(Statistics?.QueryQueueTimeInMillis).toBeGreaterThanOrEqual(50);
    expect(Statistics?.EngineExecutionTimeInMillis).toBeGreaterThanOrEqual(50);
  });

  test.each(["queued", "running"] as const)("can be stopped while %s, more than once", async (phase) => {
    using _held = aws.athena.pace.hold(phase);
    const id = await start(
      athena,
      "SELECT count(*) AS n FROM cloudtrail_logs WHERE account = '444455556666'",
    );
    await until(athena, id, phase.toUpperCase());
    await stop(id);
    const { Status } = await until(athena, id, "CANCELLED");
    expect(Status).toMatchObject({ StateChangeReason: "Query cancelled by user" });
    await stop(id);
    expect((await execution(athena, id)).Status?.State).toBe("CANCELLED");
  });

  test("is really interrupted in the engine", async () => {
    const forever =
      "SELECT count(*) AS n FROM crm.customers a CROSS JOIN crm.customers b CROSS JOIN crm.customers c WHERE length(a.email) + length(b.email) + length(c.email) = 7";
    const id = await start(athena, forever, { WorkGroup: "jit-cloudtrail" });
    await aws.calls.waitForCall(({ operation }) => operation === "GetObject");
    const asked = performance.now();
    await stop(id);
    await until(athena, id, "CANCELLED");
    expect(performance.now() - asked).toBeLessThan(15_000);
  });

  test("is cancelled when it reads more than its workgroup allows, and what it read is told", async () => {
    const { Status, Statistics } = await ended(
      athena,
      await start(athena, "SELECT eventid FROM cloudtrail_logs"),
    );
    expect(Status).toMatchObject({
      State: "CANCELLED",
      StateChangeReason: "Bytes scanned limit was exceeded",
    });
    expect(Statistics?.DataScannedInBytes).toBeGreaterThan(8_000_000_000);
  });

  test("stops with the peer", async () => {
    const peer = await startAws();
    const client = athenaOf(peer);
    peer.athena.pace.hold("running");
    await start(client, "SELECT count(*) AS n FROM crm.customers");
    client.destroy();
    await peer[Symbol.asyncDispose]();
  });
});

describe("what goes wrong on demand", () => {
  test("too many queries at once are refused", async () => {
    const held = aws.athena.pace.hold("queued");
    const ids = [await start(athena, "SELECT 1 AS a"), await start(athena, "SELECT 2 AS b")];
    await expect(start(athena, "SELECT 3 AS c")).rejects.toMatchObject({
      name: "TooManyRequestsException",
      Reason: "CONCURRENT_QUERY_LIMIT_EXCEEDED",
    });
    held.letGo();
    await Promise.all(ids.map((id) => ended(athena, id)));
    await start(athena, "SELECT 3 AS c");
  });

  test("throttling and faults of AWS have Athena's names", async () => {
    aws.faults.add({
      service: "athena",
      operation: "StartQueryExecution",
      times: 1,
      effect: { kind: "throttle" },
    });
    await expect(start(athena, "SELECT 1 AS a")).rejects.toMatchObject({ name: "ThrottlingException" });
    aws.faults.add({ service: "athena", times: 1, effect: { kind: "internal" } });
    await expect(start(athena, "SELECT 1 AS a")).rejects.toMatchObject({ name: "InternalServerException" });
  });

  test("an answer that is lost after the query was taken leads back to it by its token", async () => {
    aws.faults.add({
      service: "athena",
      operation: "StartQueryExecution",
      times: 1,
      effect: { kind: "reset", when: "after" },
    });
    const ClientRequestToken = "a-token-that-is-long-enough-to-be-taken";
    await expect(start(athena, "SELECT 1 AS a", { ClientRequestToken })).rejects.toThrow("socket hang up");
    const again = await start(athena, "SELECT 1 AS a", { ClientRequestToken });
    await ended(athena, again);
    expect(aws.calls.query({ operation: "StartQueryExecution" })).toHaveLength(2);
  });

  test.each([
    ["exhausted", "Query exhausted resources at this scale factor", { ErrorCategory: 2, Retryable: false }],
    ["internal", "GENERIC_INTERNAL_ERROR: An internal error occurred", { ErrorCategory: 1, Retryable: true }],
  ] as const)("the next query fails: %s", async (failure, reason, error) => {
    aws.athena.failNext(failure);
    const { Status } = await ended(athena, await start(athena, "SELECT 1 AS a"));
    expect(Status).toMatchObject({ State: "FAILED", StateChangeReason: reason, AthenaError: error });
    const id = await start(athena, "SELECT 1 AS a");
    await ended(athena, id);
    await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
  });

  test("a failure that no query has met yet can be taken back", async () => {
    aws.athena.failNext("exhausted");
    aws.athena.failNoMore();
    const { Status } = await ended(athena, await start(athena, "SELECT 1 AS a"));
    expect(Status).toMatchObject({ State: "SUCCEEDED" });
  });
});
