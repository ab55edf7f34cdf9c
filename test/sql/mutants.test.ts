import { expect, test } from "vitest";
import type { ParserRuleContext } from "antlr4ng";
import { checkSql } from "../../src/sql/check-sql.ts";
import type { Guardrails } from "../../src/sql/guardrails.ts";
import { parseStatement } from "../../src/sql/parse-statement.ts";
import { tokenize } from "../../src/sql/tokens.ts";
import { childNodes } from "../../src/sql/tree-reading.ts";
import { benignStatements } from "./benign-statements.ts";
import { guardrails, now } from "./fixtures.ts";
import { incidentQueries } from "./incident-queries.ts";

/** Every table has one more column, which nobody may read. */
const withForbiddenColumn: Guardrails = {
  ...guardrails,
  maxRelations: 100,
  maxJoins: 100,
  tables: guardrails.tables.map((table) => ({
    ...table,
    columns: { ...table.columns, forbidden: { classification: "pii", use: "denied" } },
  })),
};

const holes: Record<string, string> = { day_from: "'2026/11/15'", day_to: "'2026/11/20'" };
const filled = incidentQueries.map(([, sql]) =>
  sql.replace(/:([a-z_]\w*)/g, (_, name: string) => holes[name] ?? "'1'"),
);

// Not those with a star over a table: here every table has a forbidden column.
const statements = [...benignStatements.map(([, sql]) => sql), ...filled.slice(0, 10)].filter(admitted);

test("a forbidden column in the place of any value or condition is found", () => {
  const values = mutants(/(?:Expression|Reference|Predicated|And|Or|Literal|Call|Ref)Context$/, [
    () => "forbidden",
    (text) => `coalesce(${text}, forbidden)`,
    (text) => `CASE WHEN forbidden = '1' THEN ${text} END`,
    (text) => `(${text} = forbidden)`,
  ]);
  expectAllFound(values, 3000);
});

test("a forbidden table in the place of any value, condition or relation is found", () => {
  const values = mutants(/(?:Expression|Reference|Predicated|And|Or|Literal|Call)Context$/, [
    () => "(SELECT max(x) FROM secret.payroll)",
    (text) => `coalesce(${text}, (SELECT max(forbidden) FROM hr.employees))`,
    () => "EXISTS (TABLE secret.payroll)",
  ]);
  const relations = mutants(/(?:AliasedRelation|RelationDefault|JoinRelation)Context$/, [
    () => "secret.payroll",
    (text) => `(${text} CROSS JOIN secret.payroll)`,
    (text) => `${text} LEFT JOIN (secret.payroll) ON true`,
  ]);
  const queries = mutants(/(?:QueryPrimaryDefault|QueryTermDefault|SetOperation)Context$/, [
    (text) => `(${text} UNION ALL SELECT x FROM secret.payroll)`,
    (text) => `(SELECT x FROM secret.payroll EXCEPT ${text})`,
    () => "SELECT * FROM hr.employees",
  ]);
  expectAllFound([...values, ...relations, ...queries], 2500);
});

test("a weakened condition on a partition is none", () => {
  const partition = /^(?:\w+\.)?(?:day|dt|account)\b|^'[^']*'\s*(?:<=|>=|=)/;
  const weaker = mutants(
    /PredicatedContext$/,
    [
      (text) => `(${text} OR 1 = 1)`,
      (text) => `(1 = 1 OR ${text})`,
      (text) => `NOT (${text})`,
      (text) => `((${text}) IS NULL)`,
      (text) => `coalesce(${text}, true)`,
      (text) => `if(${text}, true, true)`,
      (text) => `CASE WHEN ${text} THEN true ELSE true END`,
      (text) => `(${text}) IS DISTINCT FROM false`,
      (text) => `(${text}) IN (true, false)`,
      (text) => `any_match(ARRAY[1], x -> ${text})`,
      () => "true",
    ],
    partition,
  );
  expectAllFound(weaker, 400);
});

function admitted(sql: string): boolean {
  return checkSql(sql, withForbiddenColumn, now).status === "ok";
}

function expectAllFound(texts: readonly string[], atLeast: number): void {
  const valid = texts.filter(isStatement);
  expect(valid.length).toBeGreaterThan(atLeast);
  expect(valid.filter(admitted)).toEqual([]);
}

function isStatement(sql: string): boolean {
  try {
    return parseStatement(tokenize(sql)) !== undefined;
  } catch {
    return false;
  }
}

/** Each node of such a kind, in each statement, replaced in each way. */
function mutants(kind: RegExp, ways: readonly ((text: string) => string)[], only = /^/): string[] {
  const texts = statements.flatMap((sql) => {
    const spans = nodesOf(parseStatement(tokenize(sql))).filter((node) => kind.test(node.constructor.name));
    return spans.flatMap(({ start, stop }) => {
      if (!start || !stop) return [];
      const text = sql.slice(start.start, stop.stop + 1);
      if (!only.test(text)) return [];
      return ways.map((way) => sql.slice(0, start.start) + way(text) + sql.slice(stop.stop + 1));
    });
  });
  return [...new Set(texts)];
}

function nodesOf(node: ParserRuleContext): ParserRuleContext[] {
  return [node, ...childNodes(node).flatMap(nodesOf)];
}
