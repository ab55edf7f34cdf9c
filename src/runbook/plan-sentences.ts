import { readRequest } from "../dynamodb/read-request.ts";
import type { RequestFacts } from "../dynamodb/read-request.ts";
import type { DynamoDbCall, Item, QueryRequest, ScanRequest, UpdateItemCall } from "../dynamodb/requests.ts";
import type { TableSchema } from "../dynamodb/table-schema.ts";
import { athenaSentences } from "./athena-sentences.ts";
import type { PlanDraft } from "./plan.ts";
import { plannedWrite } from "./plan-write.ts";
import { readableCondition } from "./readable-condition.ts";
import { valueReader } from "./shown-value.ts";

export type PlanSentences = {
  /** What the run can reach: "Reads 6 attributes of index gsi-status of orders in production, partition PAID only. Read only." */
  touches: string;
  /** "At most 100 rows, 500 items read in 5 pages, 1024 KiB, 20 s.", or with bytes scanned and their price. */
  limits: string;
  /** The first AWS call as people read it; plain text, one thought or one line of SQL per line. */
  call: { title: string; lines: string[] };
};

/**
 * The plan in sentences, from the very requests that will be sent. Plain text: escaping is the reader's.
 * Sensitive values are masked unless `maskSensitive` is false, which is for the requester and the approvers alone.
 */
export function planSentences(
  plan: PlanDraft,
  { maskSensitive = true }: { maskSensitive?: boolean } = {},
): PlanSentences {
  const [call] = plan.calls;
  if (!call) throw new TypeError("a plan has a call");
  if (call.action === "athena:StartQueryExecution") {
    if (!plan.athena) throw new TypeError("a plan with a query says what it may touch");
    return athenaSentences(plan, call, plan.athena, maskSensitive);
  }
  const reader: Reader = { plan, show: valueReader(plan, maskSensitive), ...factsOf(call, plan) };
  return {
    touches: readsOf(plan)
      .map((one) => touches(one, { ...reader, ...factsOf(one, plan) }))
      .join(" "),
    limits: limits(plan),
    call: { title: title(call, reader.facts), lines: [...callLines(call, reader), ...notGiven(call, plan)] },
  };
}

function readsOf({ calls }: PlanDraft): DynamoDbCall[] {
  return calls.filter((call) => call.action !== "athena:StartQueryExecution");
}

type Reader = {
  plan: PlanDraft;
  show: ReturnType<typeof valueReader>;
  facts: RequestFacts;
  schema: TableSchema;
};

function factsOf(call: DynamoDbCall, plan: PlanDraft): { facts: RequestFacts; schema: TableSchema } {
  const table =
    call.action === "dynamodb:BatchGetItem"
      ? Object.keys(call.request.RequestItems)[0]
      : call.request.TableName;
  const schema = plan.tables[table ?? ""];
  if (!schema) throw new TypeError("a plan has the keys of each table that it reads");
  return { facts: readRequest(call, schema), schema };
}

function touches(call: DynamoDbCall, { plan, show, facts }: Reader): string {
  const { index, table, attributes, leadingKeys, select } = facts;
  const place = `${index === undefined ? "" : `index ${index} of `}${table} in ${plan.target.environment}`;
  const names = count(attributes.length, "attribute");
  if (call.action === "dynamodb:Scan")
    return `Scans ${place}: reads ${names} of whatever stands there, no key narrows it. Why no key: ${plan.scanJustification ?? ""} Read only.`;
  const partitions = `${leadingKeys.length === 1 ? "partition" : "partitions"} ${leadingKeys.map((one) => show({ S: one })).join(", ")} only`;
  if (call.action === "dynamodb:UpdateItem")
    return `Changes ${count(plan.write?.changes.length ?? 0, "attribute")} of one item of ${place}, ${partitions}.`;
  if (call.action === "dynamodb:GetItem" && plan.write)
    return `Reads ${names} of the same item, before and after.`;
  if (call.action === "dynamodb:GetItem")
    return `Reads ${names} of one item of ${place}, ${partitions}. Read only.`;
  if (call.action === "dynamodb:BatchGetItem") {
    return `Reads ${names} of ${count(keysOf(call).length, "item")} of ${place}, ${partitions}. Read only.`;
  }
  if (select === "COUNT")
    return `Counts items of ${place}, ${partitions}, looking at ${names}; returns no item. Read only.`;
  return `Reads ${names} of ${place}, ${partitions}. Read only.`;
}

function limits({
  limits: { maxRows, maxItemsScanned, maxPages, timeoutSeconds, maxBytes },
  write,
}: PlanDraft): string {
  if (write) return `One item, written once, ${timeoutSeconds} s.`;
  const caps = [
    count(maxRows, "row"),
    `${count(maxItemsScanned, "item")} read in ${count(maxPages, "page")}`,
    `${Math.ceil(maxBytes / 1024)} KiB`,
    `${timeoutSeconds} s`,
  ];
  return `At most ${caps.join(", ")}.`;
}

function title({ action }: DynamoDbCall, { table, index }: RequestFacts): string {
  return `${action}  ${table}${index === undefined ? "" : ` / ${index}`}`;
}

function callLines(call: DynamoDbCall, reader: Reader): string[] {
  const returns = `returns ${reader.facts.projection.join(", ")}`;
  switch (call.action) {
    case "dynamodb:GetItem":
      return [keyText(call.request.Key, reader), returns, ...consistency(reader)];
    case "dynamodb:BatchGetItem":
      return [...keysOf(call).map((key) => keyText(key, reader)), returns, ...consistency(reader)];
    case "dynamodb:Query":
      return queryLines(call.request, reader);
    case "dynamodb:Scan":
      return scanLines(call.request, reader);
    case "dynamodb:UpdateItem":
      return updateLines(call, reader);
  }
}

function scanLines(request: ScanRequest, reader: Reader): string[] {
  const filter = request.FilterExpression;
  const bound = {
    names: request.ExpressionAttributeNames ?? {},
    values: request.ExpressionAttributeValues ?? {},
    show: reader.show,
  };
  return [
    ...(filter === undefined ? [] : [`filter: ${readableCondition(filter, "FilterExpression", bound)}`]),
    `returns ${reader.facts.projection.join(", ")}`,
    `${request.Limit} items per page`,
    ...consistency(reader),
  ];
}

/** What is written, then what must hold for it; how the item was read before is told by the difference. */
function updateLines(call: UpdateItemCall, { plan, show, schema }: Reader): string[] {
  const { request } = call;
  const bound = {
    names: request.ExpressionAttributeNames ?? {},
    values: request.ExpressionAttributeValues ?? {},
    show,
  };
  const conditions = ownCondition(request.ConditionExpression);
  const pinned = plan.write?.before.status === "read";
  return [
    Object.entries(request.Key)
      .map(([name, value]) => `${name} = ${show(value)}`)
      .join(" · "),
    ...plannedWrite(call, schema).changes.map(({ attribute, value }) =>
      value === undefined ? `remove ${attribute}` : `set ${attribute} = ${show(value)}`,
    ),
    `only if ${readableCondition(conditions, "ConditionExpression", bound)}`,
    ...(pinned ? ["and only if every attribute is still as shown below"] : []),
  ];
}

/** The runbook's part of a condition to which the before image was pinned. */
function ownCondition(condition: string): string {
  return condition.replace(
    /(?: AND (?:attribute_not_exists\(#before_\d+\)|#before_\d+ = :before_\d+))+$/u,
    "",
  );
}

function queryLines(request: QueryRequest, reader: Reader): string[] {
  const bound = {
    names: request.ExpressionAttributeNames ?? {},
    values: request.ExpressionAttributeValues,
    show: reader.show,
  };
  const filter = request.FilterExpression;
  const counting = request.Select === "COUNT";
  return [
    readableCondition(request.KeyConditionExpression, "KeyConditionExpression", bound),
    ...(filter === undefined ? [] : [`filter: ${readableCondition(filter, "FilterExpression", bound)}`]),
    counting ? "returns the count alone" : `returns ${reader.facts.projection.join(", ")}`,
    ...order(request, reader),
    ...consistency(reader),
  ];
}

function order({ IndexName, ScanIndexForward = true, Limit }: QueryRequest, { schema }: Reader): string[] {
  const keys = IndexName === undefined ? schema.keys : schema.indexes[IndexName];
  const pages = `${Limit} items per page`;
  if (keys?.sortKey === undefined) return [pages];
  return [`by ${keys.sortKey}, ${ScanIndexForward ? "ascending" : "descending"}, ${pages}`];
}

function consistency({ facts }: Reader): string[] {
  return facts.consistentRead ? ["strongly consistent read"] : [];
}

/** An optional parameter that is not given does not narrow the query; whoever decides must see that. */
function notGiven({ action }: DynamoDbCall, { parameters, inputs }: PlanDraft): string[] {
  const word = action === "dynamodb:Query" ? "any" : "not given";
  return parameters
    .filter(({ name }) => !Object.hasOwn(inputs, name))
    .map((parameter) => `${parameter.title}: ${word}`);
}

function keysOf(call: DynamoDbCall & { action: "dynamodb:BatchGetItem" }): Item[] {
  return Object.values(call.request.RequestItems).flatMap(({ Keys }) => Keys);
}

function keyText(key: Item, { show }: Reader): string {
  return Object.entries(key)
    .map(([name, value]) => `${name} = ${show(value)}`)
    .join(" · ");
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
