import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Plan } from "../../src/runbook/plan.ts";
import { GrantEnded } from "../../src/workflow/grant-ended.ts";
import type { Execution } from "../../src/workflow/ports.ts";
import {
  anAthenaPlan,
  anAthenaShop,
  type AthenaShop,
  inScope,
  type Watched,
  watched,
} from "./an-athena-run.ts";

const count = { sql: `SELECT count(*) AS n FROM cloudtrail_logs WHERE ${inScope}`, columns: ["n"] };

describe("a planned Athena query", () => {
  let shop: AthenaShop;

  beforeAll(async () => {
    shop = await anAthenaShop();
  });
  afterAll(() => shop?.[Symbol.asyncDispose]());
  afterEach(() => {
    shop.aws.faults.clear();
    shop.aws.calls.clear();
  });

  async function run(
    plan: Plan,
    watch: Watched = watched(),
    signal = new AbortController().signal,
  ): Promise<Execution> {
    const session = await shop.open(plan);
    try {
      return await session.execute(plan, signal, watch);
    } finally {
      session.dispose();
    }
  }

  async function total(): Promise<number> {
    const counted = await run(anAthenaPlan(count));
    if (counted.status !== "succeeded") throw new Error(JSON.stringify(counted));
    shop.aws.calls.clear();
    return Number(counted.rows[0]?.["n"]);
  }

  test("is started once, stored before it is polled, and read page by page without its header", async () => {
    const all = await total();
    let pollsBefore = -1;
    const watch = watched({
      queryStarted: async () => {
        pollsBefore = shop.aws.calls.query({ operation: "GetQueryExecution" }).length;
      },
    });
    const execution = await run(anAthenaPlan(), watch);
    expect(execution).toMatchObject({
      status: "succeeded",
      pages: Math.ceil((all + 1) / 1000),
      queryExecutionId: watch.ids[0],
    });
    if (execution.status !== "succeeded") return;
    expect(all).toBeGreaterThan(1000);
    expect(execution.rows).toHaveLength(all);
    expect(new Set(execution.rows.map((row) => row["eventid"])).size).toBe(all);
    expect(execution.rows[0]).not.toEqual({ eventid: "eventid", eventname: "eventname" });
    expect(execution).not.toHaveProperty("truncatedBy");
    expect(execution.bytesScanned).toBeGreaterThan(0);
    expect(execution.costUsd).toBeGreaterThan(0);
    expect(pollsBefore).toBe(0);
    const starts = shop.aws.calls.query({ operation: "StartQueryExecution" });
    expect(starts).toHaveLength(1);
    expect(starts[0]?.request).toMatchObject({ WorkGroup: "jit-cloudtrail" });
    expect(starts[0]?.request).not.toHaveProperty("ResultReuseConfiguration");
    expect(starts[0]?.request).toMatchObject({
      ClientRequestToken: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  test("binds its parameters and leaves NULL cells out of a row", async () => {
    const execution = await run(
      anAthenaPlan({
        sql: `SELECT eventname, CAST(NULL AS varchar) AS nothing FROM cloudtrail_logs WHERE ${inScope} AND eventname = ? LIMIT 1`,
        parameters: ["'AssumeRole'"],
        columns: ["eventname", "nothing"],
      }),
    );
    expect(execution).toMatchObject({ status: "succeeded", rows: [{ eventname: "AssumeRole" }] });
    if (execution.status === "succeeded") expect(execution.rows[0]).not.toHaveProperty("nothing");
  });

  test("tells its state, bytes and cost while it is queued and runs", async () => {
    const { pace } = shop.aws.athena;
    using queued = pace.hold("queued");
    using running = pace.hold("running");
    const watch = watched({
      progress: ({ query }) => {
        if (query?.state === "QUEUED") queued.letGo();
        if (query?.state === "RUNNING" && query.bytesScanned > 0) running.letGo();
      },
    });
    expect(await run(anAthenaPlan(), watch)).toMatchObject({ status: "succeeded" });
    const states = watch.seen.map(({ query }) => query?.state);
    expect([...new Set(states)]).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
    const half = watch.seen.findLast(({ query }) => query?.state === "RUNNING")?.query;
    expect(half?.costUsd).toBeGreaterThan(0);
    expect(half?.elapsedMs).toBeGreaterThanOrEqual(0);
    expect(watch.seen.at(-1)?.rows).toBeGreaterThan(1000);
  });

  test.each([
    ["maxRows", { maxRows: 1500 }],
    ["maxPages", { maxPages: 1 }],
    ["maxBytes", { maxBytes: 5_000 }],
  ] as const)("stops reading at %s and says so", async (cap, limits) => {
    const execution = await run(anAthenaPlan({ limits }));
    expect(execution).toMatchObject({ status: "succeeded", truncatedBy: cap });
    if (execution.status === "succeeded" && cap === "maxRows") expect(execution.rows).toHaveLength(1500);
    if (execution.status === "succeeded" && cap === "maxPages") expect(execution.rows).toHaveLength(999);
  });

  test("is not called truncated when its last row is the last that is allowed", async () => {
    const execution = await run(anAthenaPlan({ limits: { maxRows: await total() } }));
    expect(execution).toMatchObject({ status: "succeeded" });
    expect(execution).not.toHaveProperty("truncatedBy");
  });

  test("cuts a cell of a megabyte and says so, in the cell and of the result", async () => {
    const sql = `SELECT rpad('é', 1000000, 'é') AS long, 'after' AS other FROM cloudtrail_logs WHERE ${inScope} LIMIT 1`;
    const execution = await run(anAthenaPlan({ sql, columns: ["long", "other"] }));
    expect(execution).toMatchObject({ status: "succeeded", truncatedBy: "maxBytes" });
    if (execution.status !== "succeeded") return;
    expect(execution.rows[0]?.["long"]).toMatch(/^é{16384}… \[cut here; 2000000 bytes in all\]$/u);
    expect(execution.rows[0]?.["other"]).toBe("after");
  });

  test("of 200 columns keeps each", async () => {
    const columns = Array.from({ length: 200 }, (_, index) => `c${index}`);
    const sql = `SELECT ${columns.map((name, index) => `${index} AS ${name}`).join(", ")} FROM cloudtrail_logs WHERE ${inScope} LIMIT 1`;
    const execution = await run(anAthenaPlan({ sql, columns }));
    if (execution.status !== "succeeded") throw new Error(JSON.stringify(execution));
    expect(Object.entries(execution.rows[0] ?? {})).toEqual(
      columns.map((name, index) => [name, String(index)]),
    );
  });

  test("whose columns are not the declared ones gives no row", async () => {
    const execution = await run(anAthenaPlan({ columns: ["eventname", "eventid"] }));
    expect(execution).toMatchObject({ status: "failed", code: "columns-differ", queryEnd: "SUCCEEDED" });
  });

  test("that reads more than was approved fails while it runs, and stays to be stopped", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const execution = await run(anAthenaPlan({ scope: { maxBytesScanned: 1_000 } }));
    expect(execution).toMatchObject({ status: "failed", code: "scan-budget" });
    expect(execution).not.toHaveProperty("queryEnd");
    if (execution.status === "failed") expect(execution.sentence).toContain("1 kB were approved");
    expect(shop.aws.calls.query({ operation: "GetQueryResults" })).toEqual([]);
  });

  test("that had read more than was approved before anybody looked gives no row either", async () => {
    const execution = await run(anAthenaPlan({ scope: { maxBytesScanned: 1_000 } }));
    expect(execution).toMatchObject({ status: "failed", code: "scan-budget" });
    expect(shop.aws.calls.query({ operation: "GetQueryResults" })).toEqual([]);
  });

  test("that takes longer than its runbook allows fails in words, and stays to be stopped", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const execution = await run(anAthenaPlan({ limits: { timeoutSeconds: 1 } }));
    expect(execution).toMatchObject({ status: "failed", code: "timeout" });
    expect(execution).not.toHaveProperty("queryEnd");
  });

  test.each([
    ["exhausted", "exhausted"],
    ["internal", "unavailable"],
  ] as const)("that ends as %s fails as %s and is not started again", async (failure, code) => {
    shop.aws.athena.failNext(failure);
    const execution = await run(anAthenaPlan());
    expect(execution).toMatchObject({ status: "failed", code, queryEnd: "FAILED" });
    if (execution.status === "failed")
      expect(execution.sentence.includes("may succeed")).toBe(failure === "internal");
    expect(shop.aws.calls.query({ operation: "StartQueryExecution" })).toHaveLength(1);
  });

  test("on a column that is not there says which rule of Athena it broke and where, not its values", async () => {
    const sql = `SELECT secret_word AS eventid FROM cloudtrail_logs WHERE ${inScope}`;
    const execution = await run(anAthenaPlan({ sql, columns: ["eventid"] }));
    expect(execution).toMatchObject({ status: "failed", code: "syntax", queryEnd: "FAILED" });
    if (execution.status !== "failed") return;
    expect(execution.sentence).toContain("Athena says COLUMN_NOT_FOUND at line 1:8.");
    expect(execution.sentence).not.toContain("secret_word");
  });

  test("that somebody else cancels says so", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const plan = anAthenaPlan();
    const watch = watched({
      progress: ({ query }) => {
        if (query?.state === "RUNNING") void stop(plan, watch.ids[0] ?? "");
      },
    });
    expect(await run(plan, watch)).toMatchObject({
      status: "failed",
      code: "query-cancelled",
      queryEnd: "CANCELLED",
    });
  });

  async function stop(plan: Plan, queryExecutionId: string): Promise<void> {
    using attended = await shop.janitor.attend({
      plan,
      run: 1,
      query: { queryExecutionId, workgroup: "jit-cloudtrail" },
    });
    await attended.stop();
  }

  test("that AWS is too busy to take is repeated under one token, and runs once", async () => {
    shop.aws.faults.add({
      service: "athena",
      operation: "StartQueryExecution",
      times: 4,
      effect: { kind: "error", code: "TooManyRequestsException" },
    });
    expect(await run(anAthenaPlan(count))).toMatchObject({ status: "succeeded" });
    expectOneToken(5);
  });

  test("whose acceptance was lost on the way is the one query that AWS took", async () => {
    shop.aws.faults.add({
      service: "athena",
      operation: "StartQueryExecution",
      times: 1,
      effect: { kind: "reset", when: "after" },
    });
    const watch = watched();
    expect(await run(anAthenaPlan(count), watch)).toMatchObject({ status: "succeeded" });
    expectOneToken(2);
    expect(watch.ids).toHaveLength(1);
    expect(shop.aws.calls.query({ service: "glue", operation: "GetTable" })).toHaveLength(1);
  });

  test("whose acceptance was lost when the grant ended is asked for once more, and left for the janitor", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    shop.aws.faults.add({
      service: "athena",
      operation: "StartQueryExecution",
      times: 3,
      effect: { kind: "reset", when: "after" },
    });
    const end = new AbortController();
    const watch = watched();
    const execution = run(anAthenaPlan(count), watch, end.signal);
    await expect.poll(() => shop.aws.calls.query({ operation: "StartQueryExecution" }).length).toBe(3);
    end.abort();
    expect(await execution).toEqual({ status: "aborted" });
    expectOneToken(4);
    expect(watch.ids).toHaveLength(1);
  });

  test("whose acceptance stays lost is said to run perhaps, and not to have been stopped", async () => {
    shop.aws.faults.add({
      service: "athena",
      operation: "StartQueryExecution",
      effect: { kind: "reset", when: "after" },
    });
    const end = new AbortController();
    const watch = watched();
    const execution = run(anAthenaPlan(count), watch, end.signal);
    await expect.poll(() => shop.aws.calls.query({ operation: "StartQueryExecution" }).length).toBe(3);
    end.abort();
    expect(await execution).toMatchObject({ status: "failed", code: "query-unknown" });
    expect(watch.ids).toEqual([]);
  });

  function expectOneToken(calls: number): void {
    const starts = shop.aws.calls.query({ operation: "StartQueryExecution" });
    const tokens = starts.map(
      ({ request }) => (request as { ClientRequestToken?: string } | undefined)?.ClientRequestToken,
    );
    expect(starts).toHaveLength(calls);
    expect(new Set(tokens).size).toBe(1);
  }

  test("that AWS never has room for fails as throttled, within its time", async () => {
    shop.aws.faults.add({
      service: "athena",
      operation: "StartQueryExecution",
      effect: { kind: "error", code: "TooManyRequestsException" },
    });
    const execution = await run(anAthenaPlan({ limits: { timeoutSeconds: 1 } }));
    expect(execution).toMatchObject({ status: "failed", code: "throttled" });
  });

  test("goes on when a look at it is throttled", async () => {
    shop.aws.faults.add({
      service: "athena",
      operation: "GetQueryExecution",
      times: 4,
      effect: { kind: "throttle" },
    });
    expect(await run(anAthenaPlan(count))).toMatchObject({ status: "succeeded" });
  });

  test.each([
    ["AccessDeniedException", "access-denied"],
    ["InvalidRequestException", "invalid-call"],
    ["SomethingNew", "failed"],
  ])("that Athena refuses with %s fails as %s, in words", async (code, told) => {
    shop.aws.faults.add({
      service: "athena",
      operation: "StartQueryExecution",
      effect: { kind: "error", code, message: "internal detail" },
    });
    const execution = await run(anAthenaPlan());
    expect(execution).toMatchObject({ status: "failed", code: told });
    if (execution.status === "failed") expect(execution.sentence).not.toContain("internal detail");
  });

  test("in a workgroup that is not there says whose catalogue is wrong", async () => {
    const execution = await run(anAthenaPlan({ workgroup: "jit-gone" }));
    expect(execution).toMatchObject({ status: "failed", code: "not-found" });
  });

  test.each([
    ["AccessDeniedException", "access-denied"],
    ["ExpiredTokenException", "expired"],
  ])("whose result cannot be read (%s) fails as %s, and its end is known", async (error, code) => {
    shop.aws.faults.add({
      service: "athena",
      operation: "GetQueryResults",
      effect: { kind: "error", code: error },
    });
    const queryEnd = "SUCCEEDED";
    expect(await run(anAthenaPlan())).toMatchObject({ status: "failed", code, queryEnd });
  });

  test("that the session's policy does not cover reads nothing", async () => {
    const session = await shop.open(anAthenaPlan());
    const elsewhere = anAthenaPlan({
      sql: "SELECT eventid, eventname FROM cloudtrail_logs WHERE account = '444455556666'",
    });
    const execution = await session.execute(elsewhere, new AbortController().signal, watched());
    session.dispose();
    expect(execution).toMatchObject({ status: "failed", code: "access-denied", queryEnd: "FAILED" });
  });

  test("ends at once when the grant does, and is left for the janitor", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const end = new AbortController();
    const watch = watched({ progress: ({ query }) => query?.state === "RUNNING" && end.abort() });
    expect(await run(anAthenaPlan(), watch, end.signal)).toEqual({ status: "aborted" });
    expect(shop.aws.calls.query({ operation: "GetQueryResults" })).toEqual([]);
  });

  test("that the janitor stopped before its worker heard of the grant's end is no failure", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const plan = anAthenaPlan();
    const end = new AbortController();
    const watch = watched({
      progress: ({ query }) => {
        if (query?.state === "RUNNING") void stop(plan, watch.ids[0] ?? "");
        if (query?.state === "CANCELLED") end.abort();
      },
    });
    expect(await run(plan, watch, end.signal)).toEqual({ status: "aborted", queryEnd: "CANCELLED" });
  });

  test("is not polled when the grant ended while it was accepted", async () => {
    const watch = watched({
      queryStarted: () => {
        throw new GrantEnded("over");
      },
    });
    expect(await run(anAthenaPlan(), watch)).toEqual({ status: "aborted" });
    expect(shop.aws.calls.query({ operation: "GetQueryExecution" })).toEqual([]);
  });

  test("asks for an earlier result only where the plan allows it", async () => {
    const workgroup = { name: "jit-cloudtrail", results: { kind: "managed" }, reuseMinutes: 30 } as const;
    await run(anAthenaPlan({ ...count, scope: { workgroup } }));
    const [start] = shop.aws.calls.query({ operation: "StartQueryExecution" });
    expect(start?.request).toMatchObject({
      ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: 30 } },
    });
  });
});

describe("the end of an Athena session", () => {
  let shop: AthenaShop;

  beforeAll(async () => {
    shop = await anAthenaShop();
  });
  afterAll(() => shop?.[Symbol.asyncDispose]());

  const never = new AbortController().signal;

  test("is shown by AWS refusing both a look at its query and the query itself; before, nothing is started", async () => {
    const plan = anAthenaPlan({ ...count, limits: { timeoutSeconds: 10 } });
    const session = await shop.open(plan);
    expect(await session.probe(plan, never)).toEqual({ status: "no-proof" });
    expect(await session.execute(plan, never, watched())).toMatchObject({ status: "succeeded" });
    expect(await session.probe(plan, never)).toEqual({ status: "still-alive" });
    expect(shop.aws.calls.query({ operation: "StartQueryExecution" })).toHaveLength(1);

    shop.aws.clock.advance(30_000);
    const answer = await session.probe(plan, never);
    session.dispose();
    expect(answer).toEqual({
      status: "denied",
      detail:
        "athena:GetQueryExecution and athena:StartQueryExecution were refused with AccessDeniedException",
    });
    const [, again] = shop.aws.calls.query({ operation: "StartQueryExecution" });
    expect(again).toMatchObject({ access: "denied" });
  });
});

describe("the janitor", () => {
  let shop: AthenaShop;

  beforeAll(async () => {
    shop = await anAthenaShop();
  });
  afterAll(() => shop?.[Symbol.asyncDispose]());

  test("stops a query with rights of its own that can do nothing else", async () => {
    using _running = shop.aws.athena.pace.hold("running");
    const plan = anAthenaPlan();
    const session = await shop.open(plan);
    const end = new AbortController();
    const watch = watched({ progress: ({ query }) => query?.state === "RUNNING" && end.abort() });
    await session.execute(plan, end.signal, watch);
    session.dispose();
    const query = { queryExecutionId: watch.ids[0] ?? "", workgroup: "jit-cloudtrail" };
    using attended = await shop.janitor.attend({ plan, run: 1, query });
    expect(await attended.state()).toBe("RUNNING");
    await attended.stop();
    await expect.poll(() => attended.state()).toBe("CANCELLED");
    await attended.stop();

    const [stopped] = shop.aws.calls.query({ operation: "StopQueryExecution" });
    expect(stopped).toMatchObject({
      access: "allowed",
      sessionName: "jit-janitor-R0000000000000001-1",
      sourceIdentity: "jit-janitor",
      tags: { grant: plan.requestId },
      resources: ["arn:aws:athena:eu-west-1:111122223333:workgroup/jit-cloudtrail"],
    });
    expect(stopped?.principalArn).toContain("jit-janitor-athena");
    using elsewhere = await shop.janitor.attend({
      plan,
      run: 1,
      query: { ...query, workgroup: "jit-adhoc" },
    });
    await expect(elsewhere.stop()).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(elsewhere.state()).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  test("says so where a target has no role for it", async () => {
    const { janitorRole: _none, ...target } = anAthenaPlan().target;
    const plan = { ...anAthenaPlan(), target };
    const query = { queryExecutionId: "q", workgroup: "jit-cloudtrail" };
    await expect(shop.janitor.attend({ plan, run: 1, query })).rejects.toThrow("no janitor role");
  });
});
