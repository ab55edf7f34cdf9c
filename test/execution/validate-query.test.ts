import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Plan } from "../../src/runbook/plan.ts";
import type { Execution } from "../../src/workflow/ports.ts";
import { anAthenaPlan, anAthenaShop, type AthenaShop, inScope, watched } from "./an-athena-run.ts";

describe("a query that is validated before it runs", () => {
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
    { watch = watched(), signal = new AbortController().signal } = {},
  ): Promise<Execution> {
    const session = await shop.open(plan);
    try {
      return await session.execute(plan, signal, watch);
    } finally {
      session.dispose();
    }
  }

  const starts = () =>
    shop.aws.calls
      .query({ operation: "StartQueryExecution" })
      .map(({ request }) => request as { QueryString: string; ClientRequestToken: string });
  const preflight = { preflight: "validate" } as const;
  const sql = `SELECT eventid, eventname\nFROM cloudtrail_logs\nWHERE ${inScope}\n  AND eventname IN (?, '?')\nLIMIT 3`;

  test("is asked of Athena first, with its values in it, and then runs as it was planned", async () => {
    const plan = anAthenaPlan({ sql, parameters: ["'o''neil ?'"], scope: preflight });
    const watch = watched();
    expect(await run(plan, { watch })).toMatchObject({ status: "succeeded" });
    const [first, second, ...more] = starts();
    expect(more).toEqual([]);
    expect(first?.QueryString).toBe(
      `EXPLAIN (TYPE VALIDATE)\n${sql.replace("(?, '?')", "('o''neil ?', '?')")}`,
    );
    expect(first).not.toHaveProperty("ExecutionParameters");
    expect(second).toMatchObject({ QueryString: sql, ExecutionParameters: ["'o''neil ?'"] });
    expect(second?.ClientRequestToken).not.toBe(first?.ClientRequestToken);
    expect(watch.ids).toHaveLength(1);
  });

  test("fails before anything is scanned, in Athena's words and at the query's own line", async () => {
    const wrong = sql.replace("eventname IN (?, '?')", "evntname = ?");
    const execution = await run(anAthenaPlan({ sql: wrong, parameters: ["'x'"], scope: preflight }));
    expect(execution).toMatchObject({ status: "failed", code: "syntax" });
    if (execution.status !== "failed") return;
    expect(execution.sentence).toContain("validated before it ran and failed, so nothing was scanned");
    expect(execution.sentence).toMatch(/Athena says COLUMN_NOT_FOUND at line 4:\d+\./);
    expect(starts()).toHaveLength(1);
    expect(shop.aws.calls.query({ service: "s3", operation: "GetObject" })).toEqual([]);
  });

  test("is validated under the run's own rights: a table that it may not see fails there", async () => {
    const other = {
      glue: { catalogId: "111122223333", tables: [{ database: "audit", table: "elsewhere" }] },
    };
    const execution = await run(anAthenaPlan({ scope: { ...preflight, ...other } }));
    expect(execution).toMatchObject({ status: "failed" });
    if (execution.status === "failed") expect(execution.sentence).toContain("nothing was scanned");
    expect(starts()).toHaveLength(1);
  });

  test("ends at once when the grant does, and is not run", async () => {
    using _queued = shop.aws.athena.pace.hold("queued");
    const grant = new AbortController();
    const running = run(anAthenaPlan({ scope: preflight }), { signal: grant.signal });
    await shop.aws.calls.waitForCall(({ operation }) => operation === "GetQueryExecution");
    grant.abort();
    expect(await running).toEqual({ status: "aborted" });
    expect(starts()).toHaveLength(1);
  });

  test("is not validated where nobody asked for it, nor is an earlier result asked for", async () => {
    await run(anAthenaPlan());
    expect(starts().map(({ QueryString }) => QueryString)).toEqual([expect.not.stringContaining("EXPLAIN")]);
    expect(starts()[0]).not.toHaveProperty("ResultReuseConfiguration");
  });
});
