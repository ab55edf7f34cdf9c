import { expect, test } from "vitest";
import { checkGuardrails } from "../../src/sql/check-guardrails.ts";
import { checkSql } from "../../src/sql/check-sql.ts";
import { SqlRefused } from "../../src/sql/refusal.ts";
import { benignStatements } from "./benign-statements.ts";
import { guardrails, now, window } from "./fixtures.ts";

test.for(benignStatements)("admits %s", ([, sql]) => {
  expect(checkSql(sql, guardrails, now)).toMatchObject({ status: "ok" });
});

test("says what is read, how far, and what is masked", () => {
  const sql =
    "SELECT customer_id, email AS mail FROM crm.customers WHERE dt BETWEEN '2026-11-19' AND '2026-11-20'";
  const customers = { catalog: "awsdatacatalog", database: "crm", table: "customers" };
  const checked = checkSql(sql, guardrails, now);
  if (checked.status === "refused") throw new Error(JSON.stringify(checked.refusals));
  const { analysis, ...judged } = checked;
  expect(judged).toEqual({
    status: "ok",
    canonical:
      "SELECT customer_id, email AS mail\nFROM crm.customers\nWHERE dt BETWEEN '2026-11-19' AND '2026-11-20'\nLIMIT 1000",
    reads: [
      {
        table: customers,
        columns: [
          { name: "customer_id", classification: "internal" },
          { name: "dt", classification: "internal" },
          { name: "email", classification: "pii" },
        ],
      },
    ],
    bounds: [{ kind: "day", table: customers, column: "dt", from: "2026-11-19", to: "2026-11-20", days: 2 }],
    outputs: [
      { name: "customer_id", mask: false, classification: "internal" },
      { name: "mail", mask: true, classification: "pii" },
    ],
    limit: 1000,
    maxScanBytes: 10_000_000_000,
  });
  // Read of the text that runs, so that it has the LIMIT that was added.
  expect(analysis).toMatchObject({ canonical: judged.canonical, limit: { rows: 1000 } });
});

test.for(benignStatements)(
  "what it says of %s is plain data, and the same of the canonical text",
  ([, sql]) => {
    const checked = checkSql(sql, guardrails, now);
    if (checked.status === "refused") throw new Error(JSON.stringify(checked.refusals));
    expect(structuredClone(checked)).toEqual(checked);
    expect(checkSql(checked.canonical, guardrails, now)).toEqual(checked);
  },
);

test("says all refusals at once, in the order of the text", () => {
  const sql = "SELECT ssn, random()\nFROM hr.employees\nJOIN secret.payroll p ON p.id = 1\nLIMIT 5000";
  const result = checkSql(sql, guardrails, now);
  const refusals = result.status === "refused" ? result.refusals : [];
  expect(refusals.map(({ code, line, column }) => [code, line, column])).toEqual([
    ["column", 1, 8],
    ["function", 1, 13],
    ["table", 3, 6],
    ["limit", 4, 7],
  ]);
});

test("a refusal says what, why and how to fix it", () => {
  const result = checkSql(
    `SELECT eventname FROM cloudtrail_logs WHERE account = '1' AND day > '2026/01/01'`,
    guardrails,
    now,
  );
  expect(result).toEqual({
    status: "refused",
    refusals: [
      {
        code: "partition",
        line: 1,
        column: 23,
        message:
          "logs.cloudtrail_logs: its partition day is not bounded on both sides, so all of it could be scanned: add day BETWEEN '2026/11/14' AND '2026/11/20'",
      },
    ],
  });
});

test("keeps the LIMIT that the query has and adds the one that it lacks", () => {
  const base = `SELECT eventname FROM cloudtrail_logs WHERE ${window}`;
  expect(checkSql(`${base} LIMIT 7`, guardrails, now)).toMatchObject({
    limit: 7,
    canonical: expect.stringMatching(/\nLIMIT 7$/),
  });
  expect(checkSql(base, guardrails, now)).toMatchObject({
    limit: 1000,
    canonical: expect.stringMatching(/\nLIMIT 1000$/),
  });
  const strict = { ...guardrails, limit: { max: 10, whenAbsent: "refuse" } as const };
  expect(checkSql(base, strict, now)).toMatchObject({ status: "refused", refusals: [{ code: "limit" }] });
});

test("the LIMIT of a sub-query, or a table called limit, is not the query's", () => {
  expect(checkSql("(SELECT id FROM ref.accounts LIMIT 5)", guardrails, now)).toMatchObject({ limit: 1000 });
  expect(checkSql("SELECT id FROM ref.accounts limit", guardrails, now)).toMatchObject({ limit: 1000 });
});

test("a name that an inner table does not declare is not taken for an outer table's", () => {
  const sql =
    "SELECT a.id FROM ref.accounts a WHERE EXISTS (SELECT 1 FROM hr.employees e WHERE e.id = owner)";
  expect(checkSql(sql, guardrails, now)).toMatchObject({
    status: "refused",
    refusals: [
      {
        code: "column",
        message: "owner may be a column of hr.employees: write its table before it, like t.owner",
      },
    ],
  });
  expect(checkSql(sql.replace("owner", "a.owner"), guardrails, now)).toMatchObject({ status: "ok" });
});

test.for([
  ["in brackets", "(email)"],
  ["with its table", "customers.email"],
  ["with its table in brackets", "(customers).email"],
  ["with another name", "email AS country"],
])("a masked column %s is still known as masked", ([, item = ""]) => {
  const sql = `SELECT status, ${item} FROM crm.customers WHERE dt = '2026-11-20'`;
  expect(checkSql(sql, guardrails, now)).toMatchObject({
    status: "ok",
    outputs: [{ mask: false }, { mask: true, classification: "pii" }],
  });
});

test("a masked column that may be either table's is not free for comparing, whichever table it is", () => {
  const join = (column: string) =>
    `SELECT a.customer_id FROM crm.customers a JOIN crm.customers b ON a.customer_id = b.customer_id WHERE ${column} = 'x@example.com' AND a.dt = '2026-11-20' AND b.dt = '2026-11-20'`;
  expect(checkSql(join("a.email"), guardrails, now)).toMatchObject({ status: "ok" });
  const refused = checkSql(join("email"), guardrails, now);
  expect(refused).toMatchObject({ status: "refused" });
  const codes = refused.status === "refused" ? refused.refusals.map(({ code }) => code) : [];
  expect(codes).toContain("masked-column");
});

test("a LIMIT is added only where the text with it is still a query of so many rows", () => {
  const sql = "SELECT id FROM ref.accounts";
  const read = checkSql(sql, guardrails, now);
  if (read.status !== "ok") throw new Error(JSON.stringify(read.refusals));
  const { limit: _, ...unlimited } = read.analysis;
  const endingIn = (end: string) => checkGuardrails({ ...unlimited, canonical: sql + end }, guardrails, now);
  expect(endingIn("")).toMatchObject({ status: "ok", canonical: `${sql}\nLIMIT 1000` });
  // No reading leaves such a text; were there one, its LIMIT would be nobody's.
  for (const end of [" FETCH FIRST 5 ROWS ONLY", " WHERE id IN (SELECT id FROM ref.accounts"])
    expect(() => endingIn(end)).toThrow(SqlRefused);
});
