import { expect, test } from "vitest";
import { checkSql } from "../../src/sql/check-sql.ts";
import { guardrails, now } from "./fixtures.ts";
import { hostileStatements } from "./hostile-statements.ts";

test("there are at least 150 hostile statements, each with its own id", () => {
  expect(new Set(hostileStatements.map(([id]) => id)).size).toBe(hostileStatements.length);
  expect(hostileStatements.length).toBeGreaterThanOrEqual(150);
});

test.for(hostileStatements)("%s is refused: %s", ([, code, sql]) => {
  const result = checkSql(sql, guardrails, now);
  const reasons = result.status === "refused" ? result.refusals : [];
  expect(reasons.map((reason) => reason.code)).toContain(code);
  for (const { message, line, column } of reasons) {
    expect(message).toMatch(/^.{10,400}$/);
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
  }
});
