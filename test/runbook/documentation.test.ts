import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jsonSchemas } from "../../src/cli/json-schemas.ts";
import { readManagers } from "../../src/people/managers-file.ts";
import { readOnCall } from "../../src/people/oncall-file.ts";
import { readPeople } from "../../src/people/people-file.ts";
import { loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import { ruleVariables } from "../../src/runbook/rule-variables.ts";
import { allRules } from "../../src/runbook/lint-runbook.ts";

const root = join(import.meta.dirname, "../..");
const text = await readFile(join(root, "docs/runbooks.md"), "utf8");
const accessText = await readFile(join(root, "docs/access.md"), "utf8");

/** A line of a table, whatever its padding. */
function cells(line: string): string {
  return line.replaceAll(/\s*\|\s*/g, "|");
}

describe("docs/runbooks.md", () => {
  test("has every rule with its severity and demand, and no other", () => {
    const listed = text
      .split("\n")
      .map(cells)
      .filter((line) => /^\|[A-Z]+\d+\|(error|warning)\|/.test(line));
    expect(listed).toEqual(allRules.map(({ id, severity, says }) => `|${id}|${severity}|${says}|`));
  });

  test.each(Object.entries(jsonSchemas()))(
    "names every field of the schema of %s, or docs/access.md does",
    (name, schema) => {
      const where = name === "runbook" || name === "datasources" ? text : accessText;
      expect(
        [...fieldsOf(schema)].filter((field) => !new RegExp(`\\b${field.replace("$", "")}\\b`).test(where)),
      ).toEqual([]);
    },
  );
});

test("docs/access.md has every fact that a rule can name, as it is, and every check", async () => {
  const lines = accessText.split("\n").map(cells);
  const facts = Object.entries(ruleVariables).flatMap(([variable, of]) =>
    Object.entries(of).map(([fact, about]) => `|\`${variable}.${fact}\`|${about.type}|${about.text}|`),
  );
  const names = Object.keys(ruleVariables).join("|");
  expect(lines.filter((line) => new RegExp(`^\\|\`(${names})\\.`).test(line))).toEqual(facts);
  const code = await Promise.all(
    [
      "runbook/access-findings.ts",
      "runbook/unknown-values.ts",
      "runbook/unmatched-policies.ts",
      "people/schedule-findings.ts",
      "policy/last-editor-findings.ts",
      "policy/policy-findings.ts",
    ].map((file) => readFile(join(root, "src", file), "utf8")),
  );
  const checks = new Set(code.join("").match(/ACC\d\d/g));
  expect(lines.flatMap((line) => /^\|(ACC\d\d)\|/.exec(line)?.[1] ?? [])).toEqual([...checks].toSorted());
});

test("the README's table has every runbook that ships, as it is", async () => {
  const { catalogue } = await loadCatalogue(join(root, "runbooks"), {});
  const readme = await readFile(join(root, "README.md"), "utf8");
  const listed = readme
    .split("\n")
    .map(cells)
    .filter((line) => line.includes("](runbooks/"));
  const shipped = [...catalogue.runbooks.values()].map(
    ({ metadata: { name, title, riskLevel }, datasource }) =>
      `|[${name}](runbooks/${name}.yml)|${title}|${datasource}|${riskLevel}|`,
  );
  expect(listed.filter((line) => line.startsWith("|"))).toEqual(shipped.toSorted());
});

test("the files about people are as docs/access.md shows them", () => {
  const readers = { "oncall.yml": readOnCall, "people.yml": readPeople, "managers.yml": readManagers };
  for (const [name, read] of Object.entries(readers)) {
    const example = new RegExp(`\`\`\`yaml\n(# ${name}[^\`]*)\`\`\``).exec(accessText)?.[1] ?? "";
    expect(read(name, Buffer.from(example))).toMatchObject({ status: "read" });
  }
});

/** Every name under `properties`, at any depth. */
function fieldsOf(schema: unknown): Set<string> {
  if (typeof schema !== "object" || schema === null) return new Set();
  return new Set(
    Object.entries(schema).flatMap(([key, value]) => [
      ...(key === "properties" && !("type" in value && typeof value.type === "string")
        ? Object.keys(value as object)
        : []),
      ...fieldsOf(value),
    ]),
  );
}
