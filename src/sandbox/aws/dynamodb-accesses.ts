import type { AuthorizationRequest } from "../../iam/policy-document.ts";
import type { CheckedRequest, DynamoDbEngine } from "./dynalite-engine.ts";
import { attributes, leadingKeys, select, type RequestPart } from "./dynamodb-facts.ts";
import { partiqlAccesses } from "./partiql-accesses.ts";

/** What one call touches: one question to IAM each. No table: the service as a whole. */
export type Access = {
  action: string;
  table?: string;
  index?: string;
  context: AuthorizationRequest["context"];
};

/**
 * Breaks a call into the questions IAM is asked (Service Authorization Reference, Amazon DynamoDB): a batch
 * is one question per table, a transaction one per item under the item's own action, PartiQL has actions of
 * its own, everything else is one question on its table or index.
 */
export async function accessesOf(
  operation: string,
  request: CheckedRequest,
  engine: Pick<DynamoDbEngine, "check" | "describe">,
): Promise<Access[]> {
  switch (operation) {
    case "BatchGetItem":
    case "BatchWriteItem":
      return batchAccesses(operation, request, engine);
    case "TransactGetItems":
    case "TransactWriteItems":
      return transactionAccesses(operation, request, engine);
    case "ExecuteStatement":
    case "BatchExecuteStatement":
    case "ExecuteTransaction":
      return partiqlAccesses(operation, request);
    default: {
      const table = tableName(request);
      if (table === undefined) return [{ action: operation, context: {} }];
      return [await itemAccess(operation, table, request, engine)];
    }
  }
}

const reads = ["GetItem", "BatchGetItem", "Query", "Scan"];
const writes = ["PutItem", "UpdateItem", "DeleteItem"];
const itemActions = [...reads, ...writes, "BatchWriteItem", "ConditionCheckItem"];

/** A Scan has no leading keys, whatever it filters by: nothing in it names an item's key. */
async function itemAccess(
  operation: string,
  table: string,
  part: RequestPart,
  engine: Pick<DynamoDbEngine, "describe">,
): Promise<Access> {
  const access = { action: operation, table, ...(part.IndexName !== undefined && { index: part.IndexName }) };
  if (!itemActions.includes(operation)) return { ...access, context: {} };
  const keys = leadingKeys(part, await engine.describe(table));
  const names = attributes(part);
  return {
    ...access,
    context: {
      ...(keys.length > 0 && { "dynamodb:LeadingKeys": keys }),
      ...(names.length > 0 && { "dynamodb:Attributes": names }),
      ...(reads.includes(operation) && { "dynamodb:Select": select(part) }),
      ...(writes.includes(operation) && { "dynamodb:ReturnValues": textOf(part, "ReturnValues") }),
      "dynamodb:ReturnConsumedCapacity": textOf(part, "ReturnConsumedCapacity"),
    },
  };
}

function batchAccesses(
  operation: string,
  request: CheckedRequest,
  engine: Pick<DynamoDbEngine, "describe">,
): Promise<Access[]> {
  const shared = { ReturnConsumedCapacity: textOf(request, "ReturnConsumedCapacity") };
  const tables = Object.entries(request["RequestItems"] as Record<string, RequestPart | WriteRequest[]>);
  return Promise.all(
    tables.map(([table, part]) =>
      itemAccess(
        operation,
        table,
        { ...shared, ...(Array.isArray(part) ? writesAsPart(part) : part) },
        engine,
      ),
    ),
  );
}

type WriteRequest = {
  PutRequest?: { Item: NonNullable<RequestPart["Item"]> };
  DeleteRequest?: { Key: NonNullable<RequestPart["Key"]> };
};

/** Items and keys alike: IAM asks for their partition keys and their attribute names. */
function writesAsPart(requests: WriteRequest[]): RequestPart {
  return { Keys: requests.map((write) => write.PutRequest?.Item ?? write.DeleteRequest?.Key ?? {}) };
}

const transactionActions: Record<string, string> = {
  Get: "GetItem",
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
};

function transactionAccesses(
  operation: string,
  request: CheckedRequest,
  engine: Pick<DynamoDbEngine, "check" | "describe">,
): Promise<Access[]> {
  const items = (request["TransactItems"] ?? []) as Record<string, Record<string, unknown>>[];
  return Promise.all(
    items.flatMap((item) =>
      Object.entries(item).map(async ([kind, part]) => {
        const action = transactionActions[kind] ?? kind;
        // A condition check reads like a delete: a key and a condition.
        const checked = engine.check(action === "ConditionCheckItem" ? "DeleteItem" : action, part);
        const access = await itemAccess(action, String(part["TableName"]), checked, engine);
        return { ...access, context: { ...access.context, "dynamodb:EnclosingOperation": operation } };
      }),
    ),
  );
}

function tableName(request: CheckedRequest): string | undefined {
  if (typeof request["TableName"] === "string") return request["TableName"];
  const arn = request["ResourceArn"] ?? request["TableArn"];
  return typeof arn === "string" ? /:table\/([^/]+)/u.exec(arn)?.[1] : undefined;
}

function textOf(request: CheckedRequest, name: string): string {
  return typeof request[name] === "string" ? request[name] : "NONE";
}
