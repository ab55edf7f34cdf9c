import { describe, expect, test } from "vitest";
import type { Access } from "../../src/runbook/access-file.ts";
import { files, load } from "./fixture.ts";

type Rules = NonNullable<Access["rules"]>;

/** The fixture's problems and warnings with these rules; its one runbook has the tag `stock`. */
async function found(rules: Rules, more: Partial<Access["policies"][number]> = {}) {
  const all = files();
  all["things-by-owner.yml"].metadata.tags = ["stock"];
  all["access.yml"].rules = rules;
  Object.assign(all["access.yml"].policies[0] ?? {}, more);
  return load(all);
}

const deny = (expression: string): Rules => [
  { name: "rule", deny: expression, because: "Not here, not now." },
];

describe("a rule that could never fire is refused at its line, with what is known", () => {
  test.each([
    ['plan.classification == "Confidential"', "plan.classification is never", "public, internal"],
    [
      'now.weekday == "Saturday"',
      "at character 16 of the expression: now.weekday is never",
      "saturday, sunday",
    ],
    ['now.weekday in ["saturday", "sundays"]', 'is never "sundays"', "monday"],
    ['["satturday"].exists(day, day == now.weekday)', 'is never "satturday"', "monday"],
    ['runbook.name == "things-by-ownerr"', 'runbook.name is never "things-by-ownerr"', "things-by-owner"],
    ['runbook["name"] != "things-by-ownerr"', "runbook.name is never", "things-by-owner"],
    ['"askerz" in requester.groups', 'requester.groups is never "askerz"', "known: askers, deciders"],
    ['!requester.groups.exists(g, g == "askerz")', 'is never "askerz"', "askers, deciders"],
    ['"stok" in runbook.tags', 'runbook.tags is never "stok"', "known: stock"],
    ['plan.environment == "prod"', "plan.environment is never", "known: production"],
    ['runbook.riskLevel == "severe"', "is never", "critical"],
    ['plan.service == "s3"', "is never", "dynamodb, athena"],
    ['plan.operation == "update"', "is never", "read, write"],
    ['plan.kind == "single"', "is never", "single-run, window"],
    ['plan.account == "1"', "is never", "111122223333"],
    ['plan.region == "eu-west"', "is never", "eu-west-1"],
  ])("%s", async (expression, sentence, known) => {
    const { errors } = await found(deny(expression));
    expect(errors).toEqual([expect.stringMatching(/^access\.yml:\d+:\d+ rules\[0\]\.deny: ACC21: /)]);
    expect(errors[0]).toContain(sentence);
    expect(errors[0]).toContain(known);
  });

  test("also where it names an input that no runbook has", async () => {
    const { errors } = await found(deny('has(inputs.ownr) && inputs.owner == "A-1234"'));
    expect(errors).toEqual([expect.stringContaining('ACC22: no runbook has a parameter "ownr"')]);
  });

  test("a beginning that fits nothing is a warning: runbooks may come later", async () => {
    const { errors, warnings } = await found(
      deny('runbook.name.startsWith("stuff-") || runbook.name.contains("stuff")'),
    );
    expect(errors).toEqual([]);
    expect(warnings).toEqual([
      expect.stringContaining('runbook.name never starts with "stuff-"'),
      expect.stringContaining('runbook.name never contains "stuff"'),
    ]);
  });

  test("a tag or environment of a policy that nothing has", async () => {
    const { errors } = await found([], { tags: ["stok"], environments: ["prod"] });
    expect(errors).toEqual([
      expect.stringMatching(/policies\[0\]\.tags\[0\]: ACC21: .*"stok"; known: stock/),
      expect.stringMatching(/policies\[0\]\.environments\[0\]: ACC21: .*"prod"; known: production/),
    ]);
  });
});

test.each([
  'plan.classification == "confidential" && now.weekday in ["saturday", "sunday"]',
  '"askers" in requester.groups || requester.groups.all(g, g != "deciders")',
  'runbook.name.startsWith("things-") && runbook.name.contains("owner") && "stock" in runbook.tags && inputs.owner == "whatever"',
  'incident.reference == "" && requester.userId == "U1" && now.date == "2026-12-24"',
])("%s is fine", async (expression) => {
  expect(await found(deny(expression), { tags: ["stock"], environments: ["production"] })).toMatchObject({
    errors: [],
    warnings: [],
  });
});
