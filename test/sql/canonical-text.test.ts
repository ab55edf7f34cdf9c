import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalText } from "../../src/sql/canonical-text.ts";
import { analyzeWithin } from "../../src/sql/check-sql.ts";
import type { AnalyzeOptions, SqlAnalysis } from "../../src/sql/sql-analysis.ts";
import { tokenize, visibleTokens } from "../../src/sql/tokens.ts";
import { benignStatements } from "./benign-statements.ts";
import { guardrails } from "./fixtures.ts";
import { incidentQueries } from "./incident-queries.ts";

test.for(benignStatements)("the canonical text reads as the original does: %s", ([, sql]) => {
  const original = analyzed(sql, "none");
  const again = analyzed(original.canonical, "none");
  expect(withoutPlaces(again)).toEqual(withoutPlaces(original));
});

test.for(incidentQueries)("the canonical text of a runbook has its parameters in order: %s", ([, sql]) => {
  const original = analyzed(sql, "named");
  const holes = original.parameters.map(({ name, item }) => ({ name, item }));
  expect(visibleTokens(tokenize(original.canonical)).filter(({ text }) => text === "?")).toHaveLength(
    holes.length,
  );
  expect(withoutPlaces(analyzed(original.canonical, holes))).toEqual(withoutPlaces(original));
  expect(holes.map(({ name }) => name)).toEqual([...sql.matchAll(/:([a-z_0-9]+)/g)].map(([, name]) => name));
});

test("spaces, line ends and comments between the tokens change nothing", () => {
  const noise = fc.array(
    fc.constantFrom(" ", "\n", "\r", "\r\n", "\t", "/* x */", "/* -- ' \" */", "-- y ' ;\n", "-- z\r"),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  const statement = fc.constantFrom(...benignStatements.map(([, sql]) => sql));
  fc.assert(
    fc.property(statement, fc.array(noise, { minLength: 400, maxLength: 400 }), (sql, noises) => {
      const tokens = visibleTokens(tokenize(sql)).map((token) => token.text ?? "");
      const noisy = tokens
        .map((token, index) => `${index > 0 ? ` ${noises[index]?.join("")}` : ""}${token}`)
        .join("");
      expect(canonicalText(tokenize(noisy))).toBe(canonicalText(tokenize(sql)));
    }),
    { numRuns: 60 },
  );
});

test("clauses begin lines, and what is one thing stays together", () => {
  const sql =
    "select a.x,count( * ) from t a left join u on a.k=u.k where a.day between '1' and '2' and a.y in ('p','q') and exists(select 1 from v) order by 1 limit 5";
  expect(canonicalText(tokenize(sql))).toBe(
    [
      "select a.x, count (*)",
      "from t a",
      "left join u on a.k = u.k",
      "where a.day between '1' and '2'",
      "  and a.y in ('p', 'q')",
      "  and exists (select 1",
      "  from v)",
      "order by 1",
      "limit 5",
    ].join("\n"),
  );
});

function analyzed(sql: string, parameters: AnalyzeOptions["parameters"]): SqlAnalysis {
  const result = analyzeWithin(sql, guardrails, parameters);
  if (result.status === "refused") throw new Error(JSON.stringify(result.refusals));
  return result.analysis;
}

function withoutPlaces(analysis: SqlAnalysis): unknown {
  return JSON.parse(JSON.stringify(analysis, (key, value: unknown) => (key === "place" ? undefined : value)));
}
