import { describe, expect, test } from "vitest";
import { allRules } from "../../src/runbook/lint-runbook.ts";
import { adhocRunbook, athenaFiles } from "./athena-fixture.ts";
import { brokenSql } from "./broken-sql-rules.ts";
import { load } from "./fixture.ts";

describe("the rules for runbooks of Athena", () => {
  test("a good runbook breaks none, nor does one whose requester writes the query", async () => {
    const fixed = await load(athenaFiles());
    expect({ errors: fixed.errors, warnings: fixed.warnings }).toEqual({ errors: [], warnings: [] });
    const adhoc = await load({ ...athenaFiles(), "things-trail.yml": adhocRunbook() });
    expect({ errors: adhoc.errors, warnings: adhoc.warnings }).toEqual({
      errors: [],
      warnings: [],
    });
  });

  for (const [id, ways] of Object.entries(brokenSql)) {
    const severity = allRules.find((rule) => rule.id === id)?.severity;
    for (const [what, breakIt, sentence] of ways) {
      test(`${id}: ${what} is ${severity === "error" ? "refused" : "warned about"}`, async () => {
        const all = athenaFiles();
        breakIt(all, all["things-trail.yml"]);
        const { errors, warnings, catalogue } = await load(all);
        const said = (severity === "error" ? errors : warnings).filter((line) => sentence.test(line));
        expect({ said: said.length > 0, errors, warnings }).toEqual({ said: true, errors, warnings });
        expect(said.join("\n")).toContain(`${id}: `);
        expect(said.every((line) => /^things-trail\.yml:\d+:\d+ /.test(line))).toBe(true);
        expect(catalogue === undefined).toBe(severity === "error");
      });
    }
  }
});
