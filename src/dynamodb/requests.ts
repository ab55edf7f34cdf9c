/**
 * DynamoDB's own wire names, as far as a runbook can use them (API reference: AttributeValue, GetItem, Query, BatchGetItem).
 * Binary values are left out: a runbook binds what people can read.
 */
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { SS: string[] }
  | { NS: string[] }
  | { L: AttributeValue[] }
  | { M: Record<string, AttributeValue> };

export type Item = Record<string, AttributeValue>;

export type GetItemRequest = {
  TableName: string;
  Key: Item;
  ProjectionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ConsistentRead?: boolean;
};

export type QueryRequest = {
  TableName: string;
  IndexName?: string;
  KeyConditionExpression: string;
  FilterExpression?: string;
  /** Absent only with `Select: COUNT`. */
  ProjectionExpression?: string;
  Select: "SPECIFIC_ATTRIBUTES" | "COUNT";
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues: Item;
  ScanIndexForward?: boolean;
  /** Set by the worker from the page before, never by a runbook. */
  ExclusiveStartKey?: Item;
  ConsistentRead?: boolean;
  /** Items evaluated per page, not rows returned. */
  Limit: number;
};

export type BatchGetItemRequest = {
  /** Exactly one table. */
  RequestItems: Record<
    string,
    {
      Keys: Item[];
      ProjectionExpression: string;
      ExpressionAttributeNames?: Record<string, string>;
      ConsistentRead?: boolean;
    }
  >;
};

export type ScanRequest = {
  TableName: string;
  IndexName?: string;
  FilterExpression?: string;
  ProjectionExpression: string;
  Select: "SPECIFIC_ATTRIBUTES";
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
  /** Set by the worker from the page before, never by a runbook. */
  ExclusiveStartKey?: Item;
  ConsistentRead?: boolean;
  /** Items evaluated per page, not rows returned. */
  Limit: number;
};

export type UpdateItemRequest = {
  TableName: string;
  Key: Item;
  /** SET and REMOVE of top-level attributes, each SET to a `:value`. */
  UpdateExpression: string;
  ConditionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
  /** What was written and nothing else; ALL_NEW and ALL_OLD would return the whole item. */
  ReturnValues: "UPDATED_NEW";
};

export type DynamoDbCall =
  | { action: "dynamodb:GetItem"; request: GetItemRequest }
  | { action: "dynamodb:Query"; request: QueryRequest }
  | { action: "dynamodb:BatchGetItem"; request: BatchGetItemRequest }
  | { action: "dynamodb:Scan"; request: ScanRequest }
  | UpdateItemCall;

export type UpdateItemCall = { action: "dynamodb:UpdateItem"; request: UpdateItemRequest };
export type GetItemCall = Extract<DynamoDbCall, { action: "dynamodb:GetItem" }>;
