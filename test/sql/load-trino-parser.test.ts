import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { loadTrinoParser } from "../../src/sql/load-trino-parser.ts";

test("the grammar is the one that the rules were written for", () => {
  // A new version may hide a clause in a new kind of node. Before this digest changes: read the grammar's changes, run
  // the hostile statements and the mutants, and give each new kind of node a reader or leave it refused.
  const grammar = loadTrinoParser();
  const kinds = [
    ...grammar.TrinoSqlParser.ruleNames,
    ...Object.keys(grammar).sort(),
    ...grammar.TrinoSqlLexer.ruleNames,
  ];
  expect(createHash("sha256").update(kinds.join(" ")).digest("hex")).toBe(
    "d7109ce49f0a3c8c8e1f8fc110cbfe2c11a0a00676b8998435bf11b6a4c6581b",
  );
});

test("is loaded once, and what other modules import resolves as before", () => {
  expect(loadTrinoParser()).toBe(loadTrinoParser());
  // Another grammar of the package has the same imports without extension; the hook mended them only while it lived.
  const require = createRequire(import.meta.url);
  expect(() => require("dt-sql-parser/dist/lib/flink/FlinkSqlParser.js")).toThrow("Cannot find module");
});
