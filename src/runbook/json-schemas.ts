import * as z from "zod";
import { accessSchema } from "./access-file.ts";
import { accessTestsSchema } from "./access-test-file.ts";
import { dataSourcesSchema } from "./data-sources.ts";
import { runbookSchema } from "./runbook.ts";

const schemas = {
  runbook: { schema: runbookSchema, title: "A query runbook of jit-runbooks" },
  datasources: { schema: dataSourcesSchema, title: "datasources.yml of jit-runbooks" },
  access: { schema: accessSchema, title: "access.yml of jit-runbooks" },
  "access-test": { schema: accessTestsSchema, title: "access.test.yml of jit-runbooks" },
};

/** The files' JSON Schemas (2020-12) for editors and CI, by name; made of the schemas that the loader uses. */
export function jsonSchemas(): Record<keyof typeof schemas, object> {
  const made = Object.entries(schemas).map(([name, { schema, title }]) => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", reused: "ref" });
    return [name, { $schema, title, ...rest }];
  });
  return Object.fromEntries(made) as Record<keyof typeof schemas, object>;
}
