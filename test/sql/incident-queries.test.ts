import { expect, test } from "vitest";
import { checkGuardrails } from "../../src/sql/check-guardrails.ts";
import { analyzeWithin } from "../../src/sql/check-sql.ts";
import type { TypedValue } from "../../src/sql/typed-value.ts";
import { guardrails, now } from "./fixtures.ts";
import { incidentQueries } from "./incident-queries.ts";

const text = (value: string): TypedValue => ({ type: "string", value });

test.for(incidentQueries)("%s is admitted before and after its form is filled", ([, sql]) => {
  const result = analyzeWithin(sql, guardrails, "named");
  if (result.status === "refused") throw new Error(JSON.stringify(result.refusals));
  const early = checkGuardrails(result.analysis, guardrails, now, "later");
  expect(early).toMatchObject({ status: "ok" });

  const values = { account: text("111122223333"), day_from: text("2026/11/15"), day_to: text("2026/11/20") };
  const filled = checkGuardrails(result.analysis, guardrails, now, values);
  expect(filled).toMatchObject({ status: "ok" });
  expect(filled.status === "ok" && filled.bounds).toContainEqual(
    expect.objectContaining({ kind: "day", from: "2026-11-15", to: "2026-11-20", days: 6 }),
  );

  const wide = { ...values, day_from: text("2026/01/01") };
  expect(checkGuardrails(result.analysis, guardrails, now, wide)).toMatchObject({
    refusals: [{ code: "range" }],
  });
  // A bound whose value nobody gave is no bound.
  expect(checkGuardrails(result.analysis, guardrails, now)).toMatchObject({ status: "refused" });
});

test.for([
  ["in the list of columns", "SELECT :x FROM ref.accounts"],
  ["in LIMIT", "SELECT id FROM ref.accounts LIMIT :x"],
  ["in HAVING", "SELECT count(*) FROM ref.accounts HAVING count(*) > :x"],
  ["in a join", "SELECT a.id FROM ref.accounts a JOIN ref.accounts b ON a.id = :x"],
  ["in ORDER BY", "SELECT id FROM ref.accounts ORDER BY :x"],
  ["in GROUP BY", "SELECT id FROM ref.accounts GROUP BY :x"],
  ["in FROM", "SELECT id FROM :x"],
  ["as a column of a sub-query in WHERE", "SELECT id FROM ref.accounts WHERE id IN (SELECT :x)"],
  ["after a space", "SELECT id FROM ref.accounts WHERE id = : x"],
  ["without a name", "SELECT id FROM ref.accounts WHERE id = ?"],
  ["as a number", "SELECT id FROM ref.accounts WHERE id = :1"],
])("a parameter %s is refused", ([, sql = ""]) => {
  const { status } = analyzeWithin(sql, guardrails, "named");
  expect(status).toBe("refused");
});

test("a parameter's name in quotes or in a comment is text", () => {
  const sql = "SELECT id FROM ref.accounts WHERE owner = 'at 10:am' /* :no */ AND id = :yes";
  const result = analyzeWithin(sql, guardrails, "named");
  expect(result.status === "analyzed" && result.analysis.parameters.map(({ name }) => name)).toEqual(["yes"]);
});

test("places in a text with parameters are those of the text as it was written", () => {
  const result = analyzeWithin(
    "SELECT id FROM ref.accounts\nWHERE id = :some_long_name AND ssn = 'x'",
    guardrails,
    "named",
  );
  expect(result.status === "analyzed" && checkGuardrails(result.analysis, guardrails, now)).toMatchObject({
    refusals: [{ code: "column", line: 2, column: 32 }],
  });
});

test("a list takes as many values as it has, each with its place", () => {
  const sql =
    "SELECT eventname FROM cloudtrail_logs WHERE account IN (:accounts) AND day = :day AND awsregion NOT IN (:regions)";
  const result = analyzeWithin(sql, guardrails, { listSizes: { accounts: 2, regions: 1 } });
  if (result.status === "refused") throw new Error(JSON.stringify(result.refusals));
  const { analysis } = result;
  expect(analysis.canonical).toContain("account IN (?, ?)");
  expect(analysis.parameters.map(({ name, item }) => `${name} ${item}`)).toEqual([
    "accounts 0",
    "accounts 1",
    "day 0",
    "regions 0",
  ]);
  const values = { accounts: [text("1"), text("2")], day: text("2026/11/20") };
  expect(checkGuardrails(analysis, guardrails, now, values)).toMatchObject({
    bounds: [
      { kind: "value", values: ["1", "2"] },
      { kind: "day", days: 1 },
    ],
  });
});

test("a list stands in IN alone", () => {
  for (const condition of ["id = :x", "id IN (:x, 'a')", "id IN ('a', :x)", "id = any_match(:x)"])
    expect(
      analyzeWithin(`SELECT id FROM ref.accounts WHERE ${condition}`, guardrails, { listSizes: { x: 1 } }),
    ).toMatchObject({ status: "refused", refusals: [{ code: "parameter" }] });
});

test("a parameter in the pattern of a LIKE is known as such", () => {
  const sql = "SELECT id FROM ref.accounts WHERE owner LIKE concat('%', :part) AND id = :id";
  const result = analyzeWithin(sql, guardrails, "named");
  const uses = result.status === "analyzed" ? result.analysis.parameters : [];
  expect(uses.map(({ name, inPattern }) => [name, inPattern])).toEqual([
    ["part", true],
    ["id", false],
  ]);
});
