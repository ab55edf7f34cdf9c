import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as formats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { schemaDir, schemaFiles } from "../../src/cli/schema.ts";
import { files } from "./fixture.ts";

const runbookDir = join(import.meta.dirname, "../../runbooks");

function validator(name: string) {
  const ajv = new Ajv2020({ strict: false });
  formats.default.default(ajv);
  const file = schemaFiles().find((one) => one.name === name);
  return ajv.compile(JSON.parse(file?.text ?? "{}"));
}

describe("the published JSON Schemas", () => {
  test.each(schemaFiles())(
    "docs/schemas/$fileName is what the code says (npm run -s jit -- schema --write)",
    async ({ fileName, text }) => {
      expect(await readFile(join(schemaDir, fileName), "utf8")).toBe(text);
    },
  );

  test("accept every file of runbooks/", async () => {
    for (const fileName of (await readdir(runbookDir)).filter((name) => name.endsWith(".yml"))) {
      const names: Record<string, string> = {
        "datasources.yml": "datasources",
        "access.yml": "access",
        "access.test.yml": "access-test",
      };
      const name = names[fileName] ?? "runbook";
      const validate = validator(name);
      validate(parse(await readFile(join(runbookDir, fileName), "utf8")));
      expect({ fileName, errors: validate.errors }).toEqual({ fileName, errors: null });
    }
  });

  test("refuse unknown keys, a Scan and a parameter outside of a value", () => {
    const validate = validator("runbook");
    const book = files()["things-by-owner.yml"];
    expect(validate(book)).toBe(true);
    expect(validate({ ...book, permissions: [] })).toBe(false);
    expect(validate({ ...book, steps: [{ ...book.steps[0], action: "dynamodb:Scan" }] })).toBe(false);
    const [step] = book.steps;
    expect(
      validate({
        ...book,
        steps: [{ ...step, request: { ...step?.request, TableName: { $param: "owner" } } }],
      }),
    ).toBe(false);
  });
});
