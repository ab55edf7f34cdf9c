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

const scan = z.strictObject({
  name: getItem.shape.name,
  description: getItem.shape.description,
  action: z.literal("dynamodb:Scan"),
  allowScan: z.literal(true, {
    error: "DDB01: a Scan reads the whole table; write allowScan: true and its justification, or use a Query",
  }),
  justification: z
    .string("DDB01: say why a Scan is needed here")
    .min(20)
    .max(300)
    .meta({ description: "Why no key or index answers this; approvers read it." }),
  request: z.strictObject({
    TableName: tableName,
    IndexName: z.exactOptional(tableName),
    FilterExpression: z.exactOptional(expression),
    ProjectionExpression: projection,
    Select: z.literal("SPECIFIC_ATTRIBUTES"),
    ExpressionAttributeNames: z.exactOptional(expressionNames),
    ExpressionAttributeValues: z.exactOptional(expressionValues),
    ConsistentRead: z.exactOptional(z.boolean()),
    Limit: z
      .int("DDB04: a Scan says its Limit, the items read per page")
      .min(1)
      .max(1000)
      .meta({ description: "Items read per page." }),
  }),
});

const updateItem = z.strictObject({
  name: getItem.shape.name,
  description: getItem.shape.description,
  action: z.literal("dynamodb:UpdateItem"),
  beforeImage: z.enum(["shown", "not-shown"]).meta({
    description:
      "shown: where access.yml allows it, the item is read when the request is made, approvers see what would change, and nothing is written when it changed since.",
  }),
  request: z.strictObject({
    TableName: tableName,
    Key: key,
    UpdateExpression: expression.meta({
      description: "SET of attributes to values and REMOVE of attributes; nothing else.",
    }),
    ConditionExpression: z
      .string("DDB08: a write has a ConditionExpression")
      .min(1)
      .max(4096)
      .meta({ description: "What must hold for anything to be written." }),
    ExpressionAttributeNames: z.exactOptional(expressionNames),
    ExpressionAttributeValues: z.exactOptional(expressionValues),
    ReturnValues: z.literal("UPDATED_NEW", {
      error: "DDB09: ReturnValues is UPDATED_NEW; ALL_NEW and ALL_OLD would return the whole item",
    }),
  }),
});

const unknownAction =
  "DDB01: only dynamodb:GetItem, dynamodb:Query, dynamodb:BatchGetItem, a declared dynamodb:Scan, dynamodb:UpdateItem and athena:StartQueryExecution can be run; PartiQL (DDB12) can't be bound to its keys";

export const stepSchema = z.discriminatedUnion(
  "action",
  [getItem, query, batchGetItem, scan, updateItem, athenaStep],
  { error: unknownAction },
);

export type Step = z.infer<typeof stepSchema>;
export type DynamoDbStep = Exclude<Step, AthenaStep>;
export type QueryStep = z.infer<typeof query>;
export type ScanStep = z.infer<typeof scan>;
export type UpdateStep = z.infer<typeof updateItem>;
export type AttributeValueTemplate = z.infer<typeof attributeValue>;
export type KeyTemplate = z.infer<typeof key>;
