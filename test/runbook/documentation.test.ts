import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jsonSchemas } from "../../src/runbook/json-schemas.ts";
import { loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import { allRules } from "../../src/runbook/lint-runbook.ts";

const root = join(import.meta.dirname, "../..");
const text = await readFile(join(root, "docs/runbooks.md"), "utf8");

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

  test.each(Object.entries(jsonSchemas()))("names every field of the schema of %s", (_, schema) => {
    expect(
      [...fieldsOf(schema)].filter((field) => !new RegExp(`\\b${field.replace("$", "")}\\b`).test(text)),
    ).toEqual([]);
  });
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
