import * as z from "zod";
import { athenaStep } from "./athena-step.ts";
import type { AthenaStep } from "./athena-step.ts";
import { derivedRef, paramRef } from "./derived-value.ts";
import { slug, tableName, valueName } from "./identifiers.ts";
import { maxClauses } from "./max-clauses.ts";

/**
 * A request in AWS's own names. Values typed by people enter only at the leaves of attribute values, as data;
 * no expression, table, index or attribute name can be computed.
 */
const leaf = <T extends z.ZodType>(literal: T) =>
  z.union([literal, paramRef, derivedRef], {
    error: "a value here is a literal in quotes, {$param: name} or {$derived: name}",
  });

const attributeValue = z.union(
  [
    z.strictObject({ S: leaf(z.string()) }),
    z.strictObject({ N: leaf(z.string().regex(/^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/)) }),
    z.strictObject({ BOOL: leaf(z.boolean()) }),
  ],
  {
    error:
      'an attribute value is {S: …}, {N: "…"} or {BOOL: …} with a literal, {$param: name} or {$derived: name}',
  },
);

const key = z.record(z.string(), attributeValue).meta({ description: "The whole primary key." });
const expression = z.string().min(1).max(4096);
const placeholderName = z.string().regex(/^#[A-Za-z0-9_]+$/, "a name placeholder is # and letters or digits");
const placeholderValue = z
  .string()
  .regex(/^:[A-Za-z0-9_]+$/, "a value placeholder is : and letters or digits");
const expressionNames = z.record(placeholderName, z.string());
const expressionValues = z.record(placeholderValue, attributeValue);
const projection = expression.meta({
  description: "The attributes to read; whole items are never read (DDB02).",
});

const getItem = z.strictObject({
  name: slug,
  description: z.exactOptional(z.string().max(200)),
  action: z.literal("dynamodb:GetItem"),
  request: z.strictObject({
    TableName: tableName,
    Key: key,
    ProjectionExpression: projection,
    ExpressionAttributeNames: z.exactOptional(expressionNames),
    ConsistentRead: z.exactOptional(z.boolean()),
  }),
});

const queryClause = z
  .strictObject({
    when: valueName.meta({ description: "An optional parameter; the clause counts only when it is given." }),
    KeyConditionExpression: z.exactOptional(expression),
    FilterExpression: z.exactOptional(expression),
    ExpressionAttributeNames: z.exactOptional(expressionNames),
    ExpressionAttributeValues: z.exactOptional(expressionValues),
  })
  .refine((clause) => clause.KeyConditionExpression ?? clause.FilterExpression, {
    error: "an optional clause has a KeyConditionExpression or a FilterExpression",
  });

const query = z.strictObject({
  name: getItem.shape.name,
  description: getItem.shape.description,
  action: z.literal("dynamodb:Query"),
  request: z.strictObject({
    TableName: tableName,
    IndexName: z.exactOptional(tableName),
    KeyConditionExpression: expression,
    FilterExpression: z.exactOptional(expression),
    ProjectionExpression: z.exactOptional(projection),
    Select: z.enum(["SPECIFIC_ATTRIBUTES", "COUNT"]),
    ExpressionAttributeNames: z.exactOptional(expressionNames),
    ExpressionAttributeValues: expressionValues,
    ScanIndexForward: z.exactOptional(z.boolean()),
    ConsistentRead: z.exactOptional(z.boolean()),
    Limit: z
      .int("DDB04: a Query says its Limit, the items read per page")
      .min(1)
      .max(1000)
      .meta({ description: "Items read per page." }),
  }),
  optional: z.exactOptional(z.array(queryClause).min(1).max(maxClauses)).meta({
    description: "Clauses joined on with AND, in this order, each only when its parameter is given.",
  }),
});

const batchGetItem = z.strictObject({
  name: getItem.shape.name,
  description: getItem.shape.description,
  action: z.literal("dynamodb:BatchGetItem"),
  request: z.strictObject({
    RequestItems: z
      .record(
        tableName,
        z.strictObject({
          Keys: z.array(key).min(1).max(25),
          ProjectionExpression: projection,
          ExpressionAttributeNames: z.exactOptional(expressionNames),
          ConsistentRead: z.exactOptional(z.boolean()),
        }),
      )
      .refine((items) => Object.keys(items).length === 1, "a batch reads exactly one table"),
  }),
  optional: z
    .exactOptional(
      z
        .array(z.strictObject({ when: valueName, Keys: z.array(key).min(1).max(25) }))
        .min(1)
        .max(maxClauses),
    )
    .meta({ description: "Further keys, each only when its parameter is given." }),
});

const unknownAction =
  "DDB01: only dynamodb:GetItem, dynamodb:Query, dynamodb:BatchGetItem and athena:StartQueryExecution can be run; a Scan reads the whole table, and PartiQL (DDB12) can't be bound to its keys";

export const stepSchema = z.discriminatedUnion("action", [getItem, query, batchGetItem, athenaStep], {
  error: unknownAction,
});

export type Step = z.infer<typeof stepSchema>;
export type DynamoDbStep = Exclude<Step, AthenaStep>;
export type QueryStep = z.infer<typeof query>;
export type AttributeValueTemplate = z.infer<typeof attributeValue>;
export type KeyTemplate = z.infer<typeof key>;
