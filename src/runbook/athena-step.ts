import * as z from "zod";
import { paramRef } from "./derived-value.ts";
import { slug, valueName } from "./identifiers.ts";
import { maxClauses } from "./max-clauses.ts";

/** Where the text of a query may lie: `sql/<name>.sql` beside the runbooks, nowhere else. */
const queryFile = z
  .string()
  .max(100)
  .regex(/^sql\/[a-z0-9]+(?:-[a-z0-9]+)*\.sql$/, "a query's file is sql/<name>.sql beside the runbooks");

/**
 * One Athena query. Its text comes from the file or from a parameter of type `sql`; values enter it as `:name`, which
 * becomes a positional `?` with a literal of its own. Workgroup, catalogue and database are the data source's.
 */
export const athenaStep = z.strictObject({
  name: slug,
  description: z.exactOptional(z.string().max(200)),
  action: z.literal("athena:StartQueryExecution"),
  request: z
    .strictObject({
      QueryString: z.exactOptional(
        z.union([z.string().min(1).max(65_536), paramRef], {
          error: "a QueryString is SQL, or {$param: name} of type sql",
        }),
      ),
      QueryFile: z.exactOptional(queryFile),
    })
    .refine(({ QueryString, QueryFile }) => (QueryString === undefined) !== (QueryFile === undefined), {
      error: "a query has a QueryString or a QueryFile, one of them",
    }),
  optional: z
    .exactOptional(
      z
        .array(
          z.strictObject({
            when: valueName.meta({ description: "An optional parameter." }),
            and: z
              .string()
              .min(1)
              .max(1000)
              .meta({ description: "A condition joined to the outermost WHERE." }),
          }),
        )
        .min(1)
        .max(maxClauses),
    )
    .meta({
      description: "Conditions joined on with AND, in this order, each only when its parameter is given.",
    }),
});

/** As loaded: the text of a QueryFile stands in `QueryString`. */
export type AthenaStep = z.infer<typeof athenaStep>;

/** The parameter that holds the whole query, if the requester writes it. */
export function queryParameter({ request: { QueryString } }: AthenaStep): string | undefined {
  return typeof QueryString === "object" ? QueryString.$param : undefined;
}

/** The text of a query that is written in the runbook. */
export function queryText({ request: { QueryString } }: AthenaStep): string | undefined {
  return typeof QueryString === "string" ? QueryString : undefined;
}
