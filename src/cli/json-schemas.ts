import * as z from "zod";
import { managersSchema } from "../people/managers-file.ts";
import { onCallSchema } from "../people/oncall-file.ts";
import { peopleSchema } from "../people/people-file.ts";
import { accessSchema } from "../runbook/access-file.ts";
import { accessTestsSchema } from "../runbook/access-test-file.ts";
import { dataSourcesSchema } from "../runbook/data-sources.ts";
import { runbookSchema } from "../runbook/runbook.ts";

const schemas = {
  runbook: { schema: runbookSchema, title: "A query runbook of jit-runbooks" },
  datasources: { schema: dataSourcesSchema, title: "datasources.yml of jit-runbooks" },
  access: { schema: accessSchema, title: "access.yml of jit-runbooks" },
  "access-test": { schema: accessTestsSchema, title: "access.test.yml of jit-runbooks" },
  oncall: { schema: onCallSchema, title: "oncall.yml of jit-runbooks" },
  people: { schema: peopleSchema, title: "people.yml of jit-runbooks" },
  managers: { schema: managersSchema, title: "managers.yml of jit-runbooks" },
};

/** The files' JSON Schemas (2020-12) for editors and CI, by name; made of the schemas that the loaders use. */
export function jsonSchemas(): Record<keyof typeof schemas, object> {
  const made = Object.entries(schemas).map(([name, { schema, title }]) => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", reused: "ref" });
    return [name, { $schema, title, ...rest }];
  });
  return Object.fromEntries(made) as Record<keyof typeof schemas, object>;
}
