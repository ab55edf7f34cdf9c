import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";

/** One item per order; both indexes carry all attributes. */
export const ordersTable: CreateTableCommandInput = {
  TableName: "orders",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "order_id", AttributeType: "S" },
    { AttributeName: "status", AttributeType: "S" },
    { AttributeName: "updated_at", AttributeType: "S" },
    { AttributeName: "customer_id", AttributeType: "S" },
    { AttributeName: "created_at", AttributeType: "S" },
  ],
  KeySchema: [{ AttributeName: "order_id", KeyType: "HASH" }],
  GlobalSecondaryIndexes: [
    {
      IndexName: "gsi-status",
      KeySchema: [
        { AttributeName: "status", KeyType: "HASH" },
        { AttributeName: "updated_at", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "ALL" },
    },
    {
      IndexName: "gsi-customer",
      KeySchema: [
        { AttributeName: "customer_id", KeyType: "HASH" },
        { AttributeName: "created_at", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "ALL" },
    },
  ],
};

/** The steps of an order, in order of time; a local index by kind of step. */
export const orderEventsTable: CreateTableCommandInput = {
  TableName: "order_events",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "order_id", AttributeType: "S" },
    { AttributeName: "event_at", AttributeType: "S" },
    { AttributeName: "event_type", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "order_id", KeyType: "HASH" },
    { AttributeName: "event_at", KeyType: "RANGE" },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: "lsi-type",
      KeySchema: [
        { AttributeName: "order_id", KeyType: "HASH" },
        { AttributeName: "event_type", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "ALL" },
    },
  ],
};
