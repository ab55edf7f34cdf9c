import { describe, expect, test } from "vitest";
import { buildPlan } from "../../src/runbook/build-plan.ts";
import { checkInputs } from "../../src/runbook/check-inputs.ts";
import type { CheckSql } from "../../src/runbook/own-query.ts";
import type { GrantTerms } from "../../src/runbook/plan.ts";
import { digest } from "../../src/runbook/digest.ts";
import { planSentences } from "../../src/runbook/plan-sentences.ts";
import { requestShapes } from "../../src/runbook/request-shapes.ts";
import type { Runbook } from "../../src/runbook/runbook.ts";
import { analyze } from "../../src/sql/analyze.ts";
import { checkSql } from "../../src/sql/check-sql.ts";
import type { SqlAnalysis } from "../../src/sql/sql-analysis.ts";
import { adhocRunbook, athenaFiles, trailRunbook } from "./athena-fixture.ts";
import type { AthenaFiles } from "./athena-fixture.ts";
import { load } from "./fixture.ts";

const createdAt = new Date("2026-11-21T02:10:00.123Z");
const twoDays = { account: "111122223333", from: "2026-11-19", to: "2026-11-20" };
const check: CheckSql = async (sql, guardrails, at) => checkSql(sql, guardrails, at);

async function loaded(book: Runbook, all: AthenaFiles = athenaFiles()) {
  const { catalogue, errors } = await load({ ...all, "things-trail.yml": book });
  const runbook = catalogue?.runbooks.get("things-trail");
  const dataSource = catalogue?.dataSources.get("trail");
  if (!runbook || !dataSource) throw new Error(errors.join("\n"));
  return { runbook, dataSource };
}

async function checked(book: Runbook, raw: Record<string, unknown>) {
  const { runbook, dataSource } = await loaded(book);
  return checkInputs({ runbook, dataSource, raw, now: createdAt }, check);
}

async function planOf(
  book: Runbook,
  raw: Record<string, unknown>,
  grant: GrantTerms = { kind: "single-run", durationMinutes: 15, maxRuns: 1 },
) {
  const { runbook, dataSource } = await loaded(book);
  const parsed = await checkInputs({ runbook, dataSource, raw, now: createdAt }, check);
  if (parsed.status === "invalid") throw new Error(JSON.stringify(parsed.errors));
  const requester = { teamId: "T1", userId: "U1" };
  return buildPlan({
    runbook,
    dataSource,
    inputs: parsed.inputs,
    query: parsed.query,
    requestId: "R1",
    requester,
    grant,
    createdAt,
  });
}

/** What a text reads, whatever it may read. */
function readAnyhow(text: string): SqlAnalysis {
  const read = analyze(text, {
    defaultCatalog: "awsdatacatalog",
    defaultDatabase: "audit",
    parameters: "none",
    declared: () => undefined,
  });
  if (read.status === "refused") throw new Error(JSON.stringify(read.refusals));
  return read.analysis;
}

describe("a plan of Athena", () => {
  test("holds the canonical text, a literal for each ?, and all that it may touch", async () => {
    const plan = await planOf(trailRunbook(), twoDays);
    expect(plan.calls).toEqual([
      {
        action: "athena:StartQueryExecution",
        request: {
          WorkGroup: "jit-trail",
          QueryExecutionContext: { Catalog: "AwsDataCatalog", Database: "audit" },
          QueryString: [
            "SELECT eventname, mail, eventtime",
            "FROM events",
            "WHERE account = ?",
            "  AND day BETWEEN ? AND ?",
            "  AND eventsource = 's3.amazonaws.com'",
            "ORDER BY eventtime",
            "LIMIT 100",
          ].join("\n"),
          ExecutionParameters: ["'111122223333'", "'2026/11/19'", "'2026/11/21'"],
        },
      },
    ]);
    expect(plan.athena).toEqual({
      workgroup: { name: "jit-trail", results: { kind: "managed" } },
      glue: { catalogId: "111122223333", tables: [{ database: "audit", table: "events" }] },
      data: ["19", "20", "21"].map((day) => ({
        bucket: "trail-logs",
        prefix: `AWSLogs/111122223333/CloudTrail/2026/11/${day}/`,
      })),
      kmsKeys: [],
      lakeFormation: false,
      reads: [
        {
          table: "audit.events",
          columns: [
            { name: "eventsource", classification: "internal" },
            { name: "eventname", classification: "internal" },
            { name: "eventtime", classification: "internal" },
            { name: "mail", classification: "pii" },
            { name: "account", classification: "internal" },
            { name: "day", classification: "internal" },
          ],
        },
      ],
      bounds: ["day 2026/11/19 to 2026/11/21", "account 111122223333"],
      maxBytesScanned: 500_000_000,
    });
    expect(plan.target).toMatchObject({ service: "athena", janitorRole: expect.stringContaining("janitor") });
    expect(plan.tables).toEqual({});
    expect(plan.output.columns.map(({ name, alwaysMasked }) => [name, alwaysMasked])).toEqual([
      ["eventname", undefined],
      ["mail", true],
      ["eventtime", undefined],
    ]);
    expect(plan.grant).toEqual({ kind: "single-run", durationMinutes: 15, maxRuns: 1 });
  });

  test("joins optional clauses, spreads lists and quotes each value as one literal", async () => {
    const book = trailRunbook();
    Object.assign(book.parameters.properties["event"] ?? {}, { pattern: "^[A-Za-z']{3,40}$" });
    const plan = await planOf(book, { ...twoDays, event: "o'neil", codes: ["NoSuchKey", "AccessDenied"] });
    const [call] = plan.calls;
    expect(call?.request).toMatchObject({
      QueryString: expect.stringContaining(
        "  AND eventname = ?\n  AND (errorcode IN (?, ?) OR errorcode IS NULL)\nORDER BY",
      ),
      ExecutionParameters: [
        "'111122223333'",
        "'2026/11/19'",
        "'2026/11/21'",
        "'o''neil'",
        "'AccessDenied'",
        "'NoSuchKey'",
      ],
    });
  });

  test("is the same for the same order, and another when a guardrail's budget changes", async () => {
    const first = digest(await planOf(trailRunbook(), twoDays));
    expect(digest(await planOf(trailRunbook(), twoDays))).toBe(first);
    const dearer = trailRunbook();
    dearer.limits.maxBytesScanned = 400_000_000;
    expect(digest(await planOf(dearer, twoDays))).not.toBe(first);
  });

  test("is not made of what the guardrails refuse, whoever forgot to check", async () => {
    const { runbook, dataSource } = await loaded(trailRunbook());
    const order = {
      runbook,
      dataSource,
      requestId: "R1",
      requester: { teamId: "T1", userId: "U1" },
      grant: { kind: "single-run", durationMinutes: 15, maxRuns: 1 },
      createdAt,
    } as const;
    expect(() => buildPlan({ ...order, inputs: { ...twoDays, from: "2026-01-01" } })).toThrow(/not admitted/);
    const adhoc = await loaded(adhocRunbook());
    const query = readAnyhow("SELECT note FROM events LIMIT 5");
    const inputs = { query: query.canonical };
    expect(() => buildPlan({ ...order, ...adhoc, inputs, query })).toThrow(/not admitted/);
  });

  test("is not made of a query that nobody read, or that is another one than was read", async () => {
    const adhoc = await loaded(adhocRunbook());
    const order = {
      ...adhoc,
      requestId: "R1",
      requester: { teamId: "T1", userId: "U1" },
      grant: { kind: "single-run", durationMinutes: 15, maxRuns: 1 },
      createdAt,
    } as const;
    const on = (day: string) =>
      `SELECT eventname FROM events WHERE account = '111122223333' AND day = '${day}' LIMIT 5`;
    const readOn = async (day: string) => {
      const read = await checkInputs({ ...adhoc, raw: { query: on(day) }, now: createdAt }, check);
      if (read.status === "invalid") throw new Error(JSON.stringify(read.errors));
      return read;
    };
    const { inputs, query } = await readOn("2026/11/20");
    expect(buildPlan({ ...order, inputs, query }).calls).toHaveLength(1);
    expect(() => buildPlan({ ...order, inputs })).toThrow("read before it is bound");
    const other = await readOn("2026/11/19");
    expect(() => buildPlan({ ...order, inputs: other.inputs, query })).toThrow(
      "not the one that is asked for",
    );
  });

  test("reads as sentences, with what it scans and costs", async () => {
    const { touches, limits, call } = planSentences(
      await planOf(trailRunbook(), { ...twoDays, event: "GetObject" }),
    );
    expect(touches).toBe(
      "Reads 6 columns (personal data: mail) of audit.events in production, day 2026/11/19 to 2026/11/21, account 111122223333; at most 100 rows, 500 MB scanned (about $0.003). Read only.",
    );
    expect(limits).toBe("At most 100 rows, 500 MB scanned (about $0.003), 1024 KiB of result, 60 s.");
    expect(call.title).toBe("athena:StartQueryExecution  jit-trail / audit");
    expect(call.lines).toContain("  AND eventname = ?");
    expect(call.lines.slice(-5)).toEqual([
      "? 1 = '111122223333'",
      "? 2 = '2026/11/19'",
      "? 3 = '2026/11/21'",
      "? 4 = 'GetObject'",
      "Codes: any",
    ]);
  });

  test.each([
    ["2026-11-19", "DATE '2026-11-19'"],
    ["2026-11-19T02:10:00.000Z", "TIMESTAMP '2026-11-19 02:10:00.000'"],
    ["2026-11-19T02:10:00Z", "TIMESTAMP '2026-11-19 02:10:00'"],
    ["2026-11-19T02:10:00.000Z", "DATE '2026-11-19'"],
    ["o'neil", "'o''neil'"],
    [1250, "1250.0"],
    [12.5, "12.5"],
    ["in no known form", "lower('in no known form')"],
  ])("masks the sensitive value %s also as the literal %s", async (value, literal) => {
    const plan = await planOf(trailRunbook(), { ...twoDays, event: "GetObject" });
    const [call] = plan.calls;
    if (call?.action !== "athena:StartQueryExecution") throw new TypeError("the plan has a query");
    call.request.ExecutionParameters = ["'111122223333'", literal];
    plan.inputs = { ...plan.inputs, event: value };
    plan.sensitive = ["event"];
    expect(planSentences(plan).call.lines.filter((line) => line.startsWith("? "))).toEqual([
      "? 1 = '111122223333'",
      "? 2 = •••",
    ]);
    expect(planSentences(plan, { maskSensitive: false }).call.lines).toContain(`? 2 = ${literal}`);
  });

  test("masks sensitive values and own queries for whoever need not see them", async () => {
    const book = trailRunbook();
    Object.assign(book.parameters.properties["event"] ?? {}, { "x-sensitive": true });
    const plan = await planOf(book, { ...twoDays, event: "GetObject" });
    expect(planSentences(plan).call.lines.join("\n")).not.toContain("GetObject");
    expect(planSentences(plan, { maskSensitive: false }).call.lines).toContain("? 4 = 'GetObject'");
    const adhoc = adhocRunbook();
    Object.assign(adhoc.parameters.properties["query"] ?? {}, { "x-sensitive": true });
    const own = await planOf(adhoc, {
      query: "SELECT eventname FROM events WHERE account = '111122223333' AND day = '2026/11/20'",
    });
    expect(planSentences(own).call.lines).toEqual(["SQL: •••"]);
    expect(planSentences(own, { maskSensitive: false }).call.lines[0]).toBe("SELECT eventname");
  });
});

describe("what a requester gives", () => {
  test("is refused at the end of a time that is too long, or ends before it begins", async () => {
    const long = await checked(trailRunbook(), { ...twoDays, from: "2026-11-01" });
    expect(long).toEqual({
      status: "invalid",
      errors: [
        { parameter: "to", message: expect.stringMatching(/^Audit\.events: day spans 21 days, at most 4/i) },
      ],
    });
    const reversed = await checked(trailRunbook(), { ...twoDays, from: "2026-11-25" });
    expect(reversed).toEqual({
      status: "invalid",
      errors: [{ parameter: "to", message: "The time ends before it begins: choose a later end." }],
    });
  });

  test("as a query comes back canonical, with the limit that the guardrails add", async () => {
    const given =
      "select eventname -- why\r\n from events where account='111122223333' and day='2026/11/20';";
    const query =
      "select eventname\nfrom events\nwhere account = '111122223333'\n  and day = '2026/11/20'\nLIMIT 100";
    expect(await checked(adhocRunbook(), { query: given })).toMatchObject({
      status: "valid",
      inputs: { query },
      query: { canonical: query, limit: { rows: 100 } },
    });
  });

  test("as a query is refused on its field, with line and column of each reason", async () => {
    const refused = await checked(adhocRunbook(), { query: "SELECT *, note\nFROM events\nLIMIT 5000" });
    if (refused.status === "valid") throw new Error("accepted");
    const [error] = refused.errors;
    expect(error?.parameter).toBe("query");
    expect(error?.message).toMatch(
      /^Line 1, column 8: .*\nLine \d+, column \d+: .*\nLine .*\nAnd \d+ more\.$/,
    );
  });

  test.each([
    ["nothing but space", " \n "],
    ["a character that can't be seen", "SELECT\u200b 1"],
    ["a text turned round", "SELECT '\u202e' FROM events"],
    ["too much", `SELECT ${"1, ".repeat(1500)} 1`],
    ["no text", 7],
  ])("as a query is refused with %s before it is read as SQL", async (_, query) => {
    const { runbook, dataSource } = await loaded(adhocRunbook());
    const never: CheckSql = () => Promise.reject(new Error("read as SQL"));
    const asked = { runbook, dataSource, raw: { query }, now: createdAt };
    expect(await checkInputs(asked, never)).toMatchObject({
      status: "invalid",
      errors: [{ parameter: "query" }],
    });
  });

  test("as a query gives a plan whose columns are those of the text, masked ones for everybody", async () => {
    const plan = await planOf(adhocRunbook(), {
      query:
        "SELECT mail, eventname, count(*) OVER () AS n FROM events WHERE account = '111122223333' AND day = '2026/11/20'",
    });
    expect(plan.output.columns).toEqual([
      {
        name: "mail",
        title: "mail",
        type: "string",
        classification: "pii",
        mask: "last4",
        alwaysMasked: true,
      },
      { name: "eventname", title: "eventname", type: "string", classification: "internal", mask: "none" },
      { name: "n", title: "n", type: "string", classification: "pii", mask: "hide" },
    ]);
    expect(plan.output.classification).toBe("pii");
  });

  test("as a query that reads a table twice touches what either mention reaches, once", async () => {
    const plan = await planOf(adhocRunbook(), {
      query: `SELECT a.eventname FROM events a JOIN events b ON a.eventname = b.eventname
        WHERE a.account = '111122223333' AND a.day = '2026/11/20'
          AND b.account = '111122223333' AND b.day IN ('2026/11/01', '2026/11/20')`,
    });
    expect(plan.athena?.data).toEqual([
      { bucket: "trail-logs", prefix: "AWSLogs/111122223333/CloudTrail/2026/11/20/" },
      { bucket: "trail-logs", prefix: "AWSLogs/111122223333/CloudTrail/2026/11/01/" },
    ]);
  });

  test("as a list of far days touches each of them and nothing between, and names them", async () => {
    const plan = await planOf(adhocRunbook(), {
      query: `SELECT eventname FROM events WHERE account = '111122223333' AND day IN ('2020/01/01', '2026/11/20')`,
    });
    expect(plan.athena?.bounds).toContain("day 2020/01/01, 2026/11/20");
    expect(plan.athena?.data).toEqual([
      { bucket: "trail-logs", prefix: "AWSLogs/111122223333/CloudTrail/2020/01/01/" },
      { bucket: "trail-logs", prefix: "AWSLogs/111122223333/CloudTrail/2026/11/20/" },
    ]);
  });

  test("in a window may be followed by other queries only where the runbook says so", async () => {
    const query = "SELECT eventname FROM events WHERE account = '111122223333' AND day = '2026/11/20'";
    const window: GrantTerms = { kind: "window", durationMinutes: 15, maxRuns: 3 };
    const wide = await planOf(adhocRunbook(), { query }, window);
    expect(wide.grant).toEqual({ ...window, approves: "within-guardrails" });
    expect(wide.guardrailsDigest).toMatch(/^[0-9a-f]{64}$/);
    const single = await planOf(adhocRunbook(), { query });
    expect([single.grant.approves, single.guardrailsDigest]).toEqual([undefined, undefined]);
    const exact = adhocRunbook();
    delete exact.grant.approves;
    const narrow = await planOf(exact, { query }, { ...window, approves: "within-guardrails" });
    expect(narrow.grant).toEqual(window);
  });
});

describe("the shapes of a request of Athena", () => {
  test("are one for each set of optional clauses, with the most that each could touch", async () => {
    const { runbook, dataSource } = await loaded(trailRunbook());
    const shapes = requestShapes(runbook, "longest", dataSource);
    expect(shapes.map(({ given }) => given)).toEqual([[], ["event"], ["codes"], ["event", "codes"]]);
    expect(shapes.every(({ athena }) => athena?.data.length === 4)).toBe(true);
  });

  test("of a query that the requester writes reach all tables of the guardrails", async () => {
    const { runbook, dataSource } = await loaded(adhocRunbook());
    const [shape, ...more] = requestShapes(runbook, "longest", dataSource);
    expect(more).toEqual([]);
    expect(shape?.athena?.data).toEqual([{ bucket: "trail-logs", prefix: "AWSLogs/" }]);
  });
});
