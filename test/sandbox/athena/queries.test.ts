import {
  BatchGetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetWorkGroupCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { athenaOf, ended, execution, rowsOf, start } from "./queries.ts";

let aws: AwsPeer;
let athena: ReturnType<typeof athenaOf>;

beforeAll(async () => {
  aws = await startAws({
    athena: {
      workGroups: [
        // Some queries here read all there is.
        { name: "jit-cloudtrail", managedResults: true, bytesScannedCutoff: 80_000_000_000 },
        { name: "own-bucket", managedResults: false, outputLocation: "s3://query-results/jit" },
        { name: "open", managedResults: false, enforced: false },
        { name: "closed", managedResults: true, enabled: false },
      ],
    },
  });
  athena = athenaOf(aws);
});
afterAll(async () => {
  athena.destroy();
  await aws[Symbol.asyncDispose]();
});

/** The reason why a query failed. */
async function failure(sql: string, more: Parameters<typeof start>[2] = {}): Promise<string> {
  const { Status } = await ended(athena, await start(athena, sql, more));
  expect(Status?.State).toBe("FAILED");
  expect(Status?.AthenaError).toMatchObject({ ErrorMessage: Status?.StateChangeReason, Retryable: false });
  return Status?.StateChangeReason ?? "";
}

describe("a query", () => {
  test("goes from start to success, with what it read and how long it took", async () => {
    const id = await start(athena, "SELECT count(*) AS events FROM cloudtrail_logs");
    expect(await ended(athena, id)).toMatchObject({
      QueryExecutionId: id,
      StatementType: "DML",
      Status: { State: "SUCCEEDED" },
      WorkGroup: "jit-cloudtrail",
      QueryExecutionContext: { Database: "audit", Catalog: "awsdatacatalog" },
      Statistics: { DataScannedInBytes: expect.any(Number) },
      ManagedQueryResultsConfiguration: { Enabled: true },
    });
    const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
    expect(ResultSet?.Rows).toEqual([
      { Data: [{ VarCharValue: "events" }] },
      { Data: [{ VarCharValue: "10000" }] },
    ]);
    expect(ResultSet?.ResultSetMetadata?.ColumnInfo).toMatchObject([{ Name: "events", Type: "bigint" }]);
  });

  test("gives its rows page by page, the header counted as one of the first", async () => {
    const id = await start(athena, "SELECT eventid FROM cloudtrail_logs ORDER BY 1 LIMIT 5");
    await ended(athena, id);
    const page = (NextToken?: string) =>
      athena.send(new GetQueryResultsCommand({ QueryExecutionId: id, MaxResults: 3, NextToken }));
    const first = await page();
    const second = await page(first.NextToken);
    expect([first.ResultSet?.Rows?.length, second.ResultSet?.Rows?.length]).toEqual([3, 3]);
    expect(first.ResultSet?.Rows?.[0]?.Data?.[0]?.VarCharValue).toBe("eventid");
    expect(second.NextToken).toBeUndefined();
    await expect(page("bm90LW91cnM")).rejects.toMatchObject({ name: "InvalidRequestException" });
    await expect(
      athena.send(new GetQueryResultsCommand({ QueryExecutionId: id, MaxResults: 1001 })),
    ).rejects.toMatchObject({ name: "InvalidRequestException" });
  });

  test("writes cells as Athena does: NULL without a value, nested ones as text, unnamed columns numbered", async () => {
    expect(
      await rowsOf(
        athena,
        `SELECT CAST(NULL AS varchar) AS Nothing, 1 / 2, 12e0 AS d, true AS b, ARRAY['a', 'b'] AS list,
           TIMESTAMP '2026-11-21 04:00:00' AS t, date_add('day', 1, DATE '2026-11-20') >= DATE '2026-11-21' AS later`,
      ),
    ).toEqual([
      {
        nothing: undefined,
        _col1: "0",
        d: "12.0",
        b: "true",
        list: "[a, b]",
        t: "2026-11-21 04:00:00.000",
        later: "true",
      },
    ]);
  });

  test("takes its time from the peer's clock", async () => {
    const [row] = await rowsOf(athena, "SELECT to_iso8601(now()) AS instant, current_date AS today");
    expect(row?.instant?.slice(0, 10)).toBe(row?.today);
    expect(Math.abs(new Date(row?.instant ?? "").getTime() - aws.clock.now().getTime())).toBeLessThan(60_000);
  });

  test("binds execution parameters as SQL literals", async () => {
    const sql =
      "SELECT count(*) AS n FROM cloudtrail_logs WHERE eventname = ? AND day >= ? AND account <> '?' -- ?";
    const [row] = await rowsOf(athena, sql, { ExecutionParameters: ["'StopLogging'", "'2020/01/01'"] });
    expect(row).toEqual({ n: "1" });
    const quoted = await rowsOf(athena, "SELECT eventid FROM cloudtrail_logs WHERE eventname = ?", {
      ExecutionParameters: ["'x'' OR ''1''=''1'"],
    });
    expect(quoted).toEqual([]);
  });

  test.each([
    [["'a'"], "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 2 but found 1"],
    [
      ["'a'", "eventid"],
      "EXPRESSION_NOT_CONSTANT: line 1:1: Constant expression cannot contain column references",
    ],
    [["'a'", "'b' OR true"], "NOT_SUPPORTED: The sandbox's Athena binds literals only, not: 'b' OR true"],
    [
      ["'a'", "CAST('b' AS varchar) OR true"],
      "NOT_SUPPORTED: The sandbox's Athena binds literals only, not: CAST('b' AS varchar) OR true",
    ],
    [["'a'", "(SELECT 'b')"], "NOT_SUPPORTED: The sandbox's Athena binds literals only, not: (SELECT 'b')"],
  ])("refuses parameters %j", async (parameters, reason) => {
    const sql = "SELECT 1 AS one FROM cloudtrail_logs WHERE eventname = ? AND eventid = ?";
    expect(await failure(sql, { ExecutionParameters: parameters })).toBe(reason);
  });

  test.each([
    [
      "SELECT * FROM no_such",
      "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.audit.no_such' does not exist",
    ],
    ["SELECT * FROM secret.payroll", "SCHEMA_NOT_FOUND: line 1:15: Schema 'secret' does not exist"],
    [
      "SELECT * FROM elsewhere.audit.cloudtrail_logs",
      "CATALOG_NOT_FOUND: line 1:1: Catalog 'elsewhere' not found",
    ],
    [
      "SELECT\n  nowhere FROM cloudtrail_logs",
      "COLUMN_NOT_FOUND: line 2:3: Column 'nowhere' cannot be resolved or requester is not authorized to access requested resources",
    ],
    [
      "SELECT useridentity.shoesize FROM cloudtrail_logs",
      "COLUMN_NOT_FOUND: line 1:21: Column 'shoesize' cannot be resolved or requester is not authorized to access requested resources",
    ],
    ["SELECT frobnicate(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'frobnicate' not registered"],
    [
      "SELECT * FROM read_csv('/etc/passwd')",
      "FUNCTION_NOT_FOUND: line 1:15: Function 'read_csv' not registered",
    ],
    [
      "SELECT * FROM '/etc/passwd'",
      "TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.audit./etc/passwd' does not exist",
    ],
    [
      "SELECT * FROM duckdb_settings()",
      "FUNCTION_NOT_FOUND: line 1:15: Function 'duckdb_settings' not registered",
    ],
    [
      "SELECT eventname, count(*) FROM cloudtrail_logs GROUP BY eventsource",
      "EXPRESSION_NOT_AGGREGATE: line 1:8: 'eventname' must be an aggregate expression or appear in GROUP BY clause",
    ],
    [
      "SELECT r.arn FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS u (r)",
      "MISMATCHED_COLUMN_ALIASES: line 1:67: Column alias list has 1 entries but 'u' has 3 columns available",
    ],
    ["SELECT CAST('x' AS integer)", expect.stringMatching(/^INVALID_CAST_ARGUMENT: /u)],
    [
      "DROP TABLE cloudtrail_logs",
      "NOT_SUPPORTED: The sandbox's Athena runs SELECT and EXPLAIN only, not DROP",
    ],
  ])("fails as Athena words it: %s", async (sql, reason) => {
    expect(await failure(sql)).toEqual(reason);
  });

  test.each([
    ["SELEC 1", "MALFORMED_QUERY", "line 1:1: mismatched input 'SELEC'"],
    ["SELECT 1 FORM x y z", "MALFORMED_QUERY", "line 1:15: mismatched input 'x'"],
    ["SELECT 1; SELECT 2", "MALFORMED_QUERY", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2"],
    [`SELECT '${"x".repeat(262_144)}'`, "INVALID_INPUT", "Query string exceeds the limit of 262144 bytes"],
  ])("isn't taken when its text can't be read: %.20s", async (sql, code, message) => {
    await expect(start(athena, sql)).rejects.toMatchObject({
      name: "InvalidRequestException",
      AthenaErrorCode: code,
      message,
    });
  });

  test("EXPLAIN (TYPE VALIDATE) says true or fails, and reads nothing", async () => {
    const id = await start(athena, "EXPLAIN (TYPE VALIDATE) SELECT eventid FROM cloudtrail_logs");
    const { Status, Statistics, StatementType } = await ended(athena, id);
    expect([Status?.State, Statistics?.DataScannedInBytes, StatementType]).toEqual([
      "SUCCEEDED",
      0,
      "UTILITY",
    ]);
    const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
    expect(ResultSet?.Rows?.at(-1)?.Data).toEqual([{ VarCharValue: "true" }]);
    expect(await failure("EXPLAIN (TYPE VALIDATE) SELECT nope FROM cloudtrail_logs")).toContain(
      "COLUMN_NOT_FOUND",
    );
  });
});

describe("a client request token", () => {
  const token = "0123456789abcdef0123456789abcdef";

  test("gives the earlier id for the same request, refuses another, and has its lengths", async () => {
    const id = await start(athena, "SELECT 1 AS one", { ClientRequestToken: token });
    expect(await start(athena, "SELECT 1 AS one", { ClientRequestToken: token })).toBe(id);
    await expect(start(athena, "SELECT 2 AS two", { ClientRequestToken: token })).rejects.toThrow(
      "Idempotent parameters do not match",
    );
    for (const wrong of ["x".repeat(31), "x".repeat(129)]) {
      await expect(start(athena, "SELECT 1 AS one", { ClientRequestToken: wrong })).rejects.toMatchObject({
        name: "InvalidRequestException",
        message: expect.stringContaining("clientRequestToken"),
      });
    }
  });
});

describe("workgroups", () => {
  test("tell their settings", async () => {
    const { WorkGroup } = await athena.send(new GetWorkGroupCommand({ WorkGroup: "jit-cloudtrail" }));
    expect(WorkGroup).toMatchObject({
      Name: "jit-cloudtrail",
      State: "ENABLED",
      Configuration: {
        BytesScannedCutoffPerQuery: 80_000_000_000,
        EnforceWorkGroupConfiguration: true,
        ManagedQueryResultsConfiguration: { Enabled: true },
      },
    });
  });

  test("that are missing or closed take no query", async () => {
    await expect(start(athena, "SELECT 1", { WorkGroup: "nobodys" })).rejects.toThrow(
      "WorkGroup nobodys is not found.",
    );
    await expect(start(athena, "SELECT 1", { WorkGroup: "closed" })).rejects.toThrow(
      "WorkGroup closed is disabled.",
    );
  });

  test("with a bucket of their own put results there, whatever the client wants; open ones ask for a place", async () => {
    const mine = { OutputLocation: "s3://elsewhere/x/" };
    const enforced = await start(athena, "SELECT 1 AS one", {
      WorkGroup: "own-bucket",
      ResultConfiguration: mine,
    });
    expect((await ended(athena, enforced)).ResultConfiguration?.OutputLocation).toBe(
      `s3://query-results/jit/${enforced}.csv`,
    );
    const open = await start(athena, "SELECT 1 AS one", { WorkGroup: "open", ResultConfiguration: mine });
    expect((await ended(athena, open)).ResultConfiguration?.OutputLocation).toBe(
      `s3://elsewhere/x/${open}.csv`,
    );
    await expect(start(athena, "SELECT 1 AS one", { WorkGroup: "open" })).rejects.toThrow(
      "No output location provided",
    );
  });

  test("with a bucket of their own give an earlier result again, where the rows are determined", async () => {
    const reuse = {
      WorkGroup: "own-bucket",
      ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: 5 } },
    };
    const sql = "SELECT count(*) AS n FROM cloudtrail_logs WHERE day = '2020/01/01'";
    const reused = async (text: string) => {
      await ended(athena, await start(athena, text, reuse));
      const { Statistics } = await ended(athena, await start(athena, text, reuse));
      return Statistics?.ResultReuseInformation?.ReusedPreviousResult;
    };
    expect(await reused(sql)).toBe(true);
    expect(await reused(`${sql} LIMIT 5`)).toBe(false);
  });
});

describe("results", () => {
  test("of a query that hasn't finished or failed, or of nobody's, are refused", async () => {
    using held = aws.athena.pace.hold("queued");
    const id = await start(athena, "SELECT 1 AS one");
    const results = (QueryExecutionId: string) =>
      athena.send(new GetQueryResultsCommand({ QueryExecutionId }));
    await expect(results(id)).rejects.toThrow("Query has not yet finished. Current state: QUEUED");
    await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    held.letGo();
    await ended(athena, id);
    await expect(results(id)).rejects.toThrow(
      "Query did not finish successfully. Final query state: CANCELLED",
    );
    await expect(results("11111111-2222-4333-8444-555555555555")).rejects.toThrow("was not found");
  });

  test("with managed storage are gone after 24 hours", async () => {
    await using peer = await startAws();
    const client = athenaOf(peer);
    const id = await start(client, "SELECT 1 AS one");
    await ended(client, id);
    const results = () => client.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
    await results();
    peer.clock.advance(24 * 60 * 60 * 1000);
    await expect(results()).rejects.toThrow("have expired");
    client.destroy();
  });

  test("of several queries can be asked for their state at once", async () => {
    const ids = await Promise.all(["SELECT 1 AS a", "SELECT 2 AS b"].map((sql) => start(athena, sql)));
    await Promise.all(ids.map((id) => ended(athena, id)));
    const { QueryExecutions } = await athena.send(
      new BatchGetQueryExecutionCommand({ QueryExecutionIds: ids }),
    );
    expect(QueryExecutions?.map(({ Status }) => Status?.State)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    expect((await execution(athena, ids[0] ?? "")).Query).toBe("SELECT 1 AS a");
  });
});
