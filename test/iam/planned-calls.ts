import * as fc from "fast-check";
import type { AttributeValue, DynamoDbCall } from "../../src/dynamodb/requests.ts";
import type { TableSchema } from "../../src/dynamodb/table-schema.ts";
import type { PlannedReads } from "../../src/iam/compile-dynamodb-policy.ts";

export const target = { account: "111122223333", region: "eu-west-1" };

export const schemas: Record<string, TableSchema> = {
  orders: {
    keys: { partitionKey: "order_id" },
    indexes: {
      "gsi-status": { partitionKey: "status", sortKey: "updated_at", type: "GSI" },
      "gsi-customer": { partitionKey: "customer_id", sortKey: "created_at", type: "GSI" },
    },
  },
  order_events: {
    keys: { partitionKey: "order_id", sortKey: "event_at" },
    indexes: { "lsi-type": { partitionKey: "order_id", sortKey: "event_type", type: "LSI" } },
  },
};

/** Paid orders on the index, as an incident would ask for them. */
export const paidOrders: DynamoDbCall = {
  action: "dynamodb:Query",
  request: {
    TableName: "orders",
    IndexName: "gsi-status",
    KeyConditionExpression: "#status = :status AND updated_at < :before",
    FilterExpression: "attempt >= :attempt",
    ProjectionExpression: "order_id, #status, updated_at",
    Select: "SPECIFIC_ATTRIBUTES",
    ExpressionAttributeNames: { "#status": "status" },
    ExpressionAttributeValues: {
      ":status": { S: "PAID" },
      ":before": { S: "2026-11-21T02:00:00Z" },
      ":attempt": { N: "3" },
    },
    Limit: 100,
  },
};

export const oneOrder: DynamoDbCall = {
  action: "dynamodb:GetItem",
  request: {
    TableName: "orders",
    Key: { order_id: { S: "O-00001234" } },
    ProjectionExpression: "total_cents",
  },
};

const places = [
  { TableName: "orders", partition: "order_id" },
  { TableName: "orders", IndexName: "gsi-status", partition: "status" },
  { TableName: "orders", IndexName: "gsi-customer", partition: "customer_id" },
  { TableName: "order_events", partition: "order_id" },
  { TableName: "order_events", IndexName: "lsi-type", partition: "order_id" },
];

/** Values of keys that have made trouble: quotes, wildcards, policy variables, look-alikes, control characters. */
const oddTexts = [
  'say "hi"',
  "back\\slash",
  "*",
  "?",
  "PAID*",
  "${aws:userid}",
  "${*}",
  "$",
  "{}",
  "Ünïcödé ÿ",
  "Ā",
  "注文",
  "\u0000",
  "tab\there",
  "line\nbreak",
  "\u2028",
  "😀",
  "\uD800",
  " ",
  "other-0",
  "<!channel>",
];

const oddText = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...oddTexts) },
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.string({ minLength: 1, maxLength: 20, unit: "binary" }),
);

const plainText = fc.stringMatching(/^[A-Za-z0-9#:_-]{1,16}$/u);

type Choice = { key: fc.Arbitrary<string>; attribute: fc.Arbitrary<string> };

/** Plans of one to three calls; every value may be hostile. */
export const oddPlans: fc.Arbitrary<PlannedReads> = plans({
  key: fc.oneof(plainText, oddText),
  attribute: fc.oneof(plainText, plainText, oddText),
});

/** Plans of one to three calls, all of whose values can be written in a policy. */
export const plainPlans: fc.Arbitrary<PlannedReads> = plans({ key: plainText, attribute: plainText });

function plans(choice: Choice): fc.Arbitrary<PlannedReads> {
  const call = fc.oneof(getItems(choice), batches(choice), queries(choice));
  return fc.array(call, { minLength: 1, maxLength: 3 }).map((calls) => ({ calls, schemas, target }));
}

function getItems(choice: Choice): fc.Arbitrary<DynamoDbCall> {
  return fc
    .record({ key: keyValues(choice), attributes: attributeLists(choice) })
    .map(({ key, attributes }) => ({
      action: "dynamodb:GetItem",
      request: { TableName: "orders", Key: { order_id: key }, ...projecting(attributes) },
    }));
}

function batches(choice: Choice): fc.Arbitrary<DynamoDbCall> {
  const keys = fc.uniqueArray(choice.key, { minLength: 1, maxLength: 5 });
  return fc.record({ keys, attributes: attributeLists(choice) }).map((made) => ({
    action: "dynamodb:BatchGetItem",
    request: {
      RequestItems: {
        order_events: {
          Keys: made.keys.map((text) => ({ order_id: { S: text }, event_at: { S: text } })),
          ...projecting(made.attributes),
        },
      },
    },
  }));
}

function queries(choice: Choice): fc.Arbitrary<DynamoDbCall> {
  return fc
    .record({
      place: fc.constantFrom(...places),
      key: keyValues(choice),
      attributes: attributeLists(choice),
      select: fc.constantFrom("SPECIFIC_ATTRIBUTES" as const, "COUNT" as const),
      filtered: fc.boolean(),
    })
    .map(({ place: { partition, ...place }, key, attributes, select, filtered }) => {
      const projection = projecting(attributes);
      return {
        action: "dynamodb:Query",
        request: {
          ...place,
          KeyConditionExpression: "#pk = :pk",
          ...(filtered ? { FilterExpression: "attribute_exists(#filtered.deep)" } : {}),
          ...(select === "COUNT" ? {} : { ProjectionExpression: projection.ProjectionExpression }),
          ExpressionAttributeNames: {
            ...(select === "COUNT" ? {} : projection.ExpressionAttributeNames),
            "#pk": partition,
            ...(filtered ? { "#filtered": "filtered" } : {}),
          },
          ExpressionAttributeValues: { ":pk": key },
          Select: select,
          Limit: 10,
        },
      };
    });
}

function keyValues(choice: Choice): fc.Arbitrary<AttributeValue> {
  return fc.oneof(
    { weight: 4, arbitrary: choice.key.map((S) => ({ S })) },
    fc.integer().map((n) => ({ N: String(n) })),
  );
}

function attributeLists(choice: Choice): fc.Arbitrary<string[]> {
  return fc.uniqueArray(choice.attribute, { minLength: 1, maxLength: 6 });
}

function projecting(attributes: readonly string[]) {
  return {
    ProjectionExpression: attributes.map((_, n) => `#a${n}`).join(", "),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name, n) => [`#a${n}`, name])),
  };
}
