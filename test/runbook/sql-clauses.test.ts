import { describe, expect, test } from "vitest";
import { joinClauses, sqlHoles } from "../../src/runbook/sql-clauses.ts";
import { SqlRefused } from "../../src/sql/refusal.ts";

function squeezed(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

describe("joining an optional clause", () => {
  test.each([
    ["SELECT a FROM t WHERE b = 1 ORDER BY a", "SELECT a FROM t WHERE b = 1 AND c = :c ORDER BY a"],
    [
      "SELECT a FROM t WHERE b = 1 OR d = 2 LIMIT 1",
      "SELECT a FROM t WHERE (b = 1 OR d = 2) AND c = :c LIMIT 1",
    ],
    [
      "SELECT a FROM (SELECT a FROM t WHERE x = 1 OR y = 2) u WHERE b = 1",
      "SELECT a FROM (SELECT a FROM t WHERE x = 1 OR y = 2) u WHERE b = 1 AND c = :c",
    ],
    [
      "WITH u AS (SELECT a FROM t WHERE x = 1) SELECT count(*) FILTER (WHERE a = 1) FROM u WHERE b IN (1, 2) GROUP BY a",
      "WITH u AS (SELECT a FROM t WHERE x = 1) SELECT count(*) FILTER (WHERE a = 1) FROM u WHERE b IN (1, 2) AND c = :c GROUP BY a",
    ],
    [
      "SELECT a FROM t WHERE b = 'x where y' -- where\nLIMIT 1",
      "SELECT a FROM t WHERE b = 'x where y' AND c = :c -- where LIMIT 1",
    ],
    ["SELECT a FROM t WHERE b = '😀' LIMIT 1", "SELECT a FROM t WHERE b = '😀' AND c = :c LIMIT 1"],
  ])("extends the outermost WHERE of %j", (text, joined) => {
    expect(squeezed(joinClauses(text, ["c = :c"]))).toBe(joined);
  });

  test("puts a clause with an OR of its own in brackets and leaves out its comments", () => {
    expect(squeezed(joinClauses("SELECT a FROM t WHERE b = 1", ["c = 1 OR d = 2 -- all", "e = 3"]))).toBe(
      "SELECT a FROM t WHERE b = 1 AND (c = 1 OR d = 2) AND e = 3",
    );
  });

  test.each([
    ["SELECT a FROM t", "c = 1"],
    ["SELECT a FROM t WHERE b = 1 UNION SELECT a FROM u", "c = 1"],
    ["SELECT a FROM t WHERE b = 1 UNION SELECT a FROM u WHERE b = 1", "c = 1"],
    ["SELECT a FROM t WHERE b = 1", "c = 1) OR (1 = 1"],
    ["SELECT a FROM t WHERE b = 1", "c = 1 LIMIT 1"],
    ["SELECT a FROM t WHERE b = 1", "c = 1; DROP TABLE t"],
    ["SELECT a FROM t WHERE b = 1", "c = (1"],
    ["SELECT a FROM t WHERE b = 1", "-- nothing"],
    ["SELECT a FROM t WHERE b = 1", "c = 1 UNION SELECT 1"],
  ])("refuses %j with %j", (text, clause) => {
    expect(() => joinClauses(text, [clause])).toThrow(SqlRefused);
  });
});

describe("the holes of a text", () => {
  test("are its :names, not those in quotes and comments", () => {
    const holes = sqlHoles("SELECT ':a' FROM t -- :b\nWHERE c = :c AND d IN (:d) AND e IN (1, :e)");
    expect(holes).toEqual([
      { name: "c", isOnlyChoice: false },
      { name: "d", isOnlyChoice: true },
      { name: "e", isOnlyChoice: false },
    ]);
  });
});
