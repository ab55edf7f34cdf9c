import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import type { DynamoDbCall, Item, UpdateItemCall } from "../dynamodb/requests.ts";

/** A call that changes nothing, and so may be sent twice. */
export type ReadCall = Exclude<DynamoDbCall, UpdateItemCall>;

/** One answer of DynamoDB, whatever the operation. */
export type Page = {
  items: Record<string, AttributeValue>[];
  itemsScanned: number;
  capacityUnits: number;
  /** The same call, for what is left; absent at the end. An empty page is not the end. */
  next?: ReadCall;
};

/** Sends the planned call as it stands, asking for the consumed capacity as well. */
export async function sendCall(client: DynamoDBClient, call: ReadCall, signal: AbortSignal): Promise<Page> {
  const options = { abortSignal: signal };
  const ReturnConsumedCapacity = "TOTAL" as const;
  switch (call.action) {
    case "dynamodb:GetItem": {
      const answer = await client.send(
        new GetItemCommand({ ...call.request, ReturnConsumedCapacity }),
        options,
      );
      return {
        items: answer.Item ? [answer.Item] : [],
        itemsScanned: 1,
        capacityUnits: answer.ConsumedCapacity?.CapacityUnits ?? 0,
      };
    }
    case "dynamodb:Query":
    case "dynamodb:Scan": {
      const answer = await client.send(
        call.action === "dynamodb:Query"
          ? new QueryCommand({ ...call.request, ReturnConsumedCapacity })
          : new ScanCommand({ ...call.request, ReturnConsumedCapacity }),
        options,
      );
      const { LastEvaluatedKey } = answer;
      return {
        items: answer.Items ?? [],
        itemsScanned: answer.ScannedCount ?? 0,
        capacityUnits: answer.ConsumedCapacity?.CapacityUnits ?? 0,
        ...(LastEvaluatedKey ? { next: nextPage(call, LastEvaluatedKey as Item) } : {}),
      };
    }
    case "dynamodb:BatchGetItem": {
      const answer = await client.send(
        new BatchGetItemCommand({ ...call.request, ReturnConsumedCapacity }),
        options,
      );
      const items = Object.values(answer.Responses ?? {}).flat();
      const left = answer.UnprocessedKeys ?? {};
      return {
        items,
        itemsScanned: items.length,
        capacityUnits: (answer.ConsumedCapacity ?? []).reduce(
          (sum, one) => sum + (one.CapacityUnits ?? 0),
          0,
        ),
        ...(Object.keys(left).length > 0
          ? { next: { ...call, request: { RequestItems: left as typeof call.request.RequestItems } } }
          : {}),
      };
    }
  }
}

function nextPage(
  call: Extract<ReadCall, { action: "dynamodb:Query" | "dynamodb:Scan" }>,
  ExclusiveStartKey: Item,
): ReadCall {
  return call.action === "dynamodb:Query"
    ? { ...call, request: { ...call.request, ExclusiveStartKey } }
    : { ...call, request: { ...call.request, ExclusiveStartKey } };
}
