import { type DynamoDBClient, QueryCommand, type QueryCommandOutput } from "@aws-sdk/client-dynamodb";
import { indexes } from "./keys.ts";
import { idOf } from "./marshal.ts";

/**
 * Ids of all requests that somebody will have to look at one day: every open one, and closed ones whose copies or rows in
 * Slack are not settled. The index follows the table within moments, so one that was just made may be missing.
 */
export async function openRequests(client: DynamoDBClient, table: string): Promise<string[]> {
  const ids: string[] = [];
  let from: QueryCommandOutput["LastEvaluatedKey"];
  do {
    const page: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: indexes.due,
        KeyConditionExpression: "duePk = :open",
        ExpressionAttributeValues: { ":open": { S: "OPEN" } },
        ExclusiveStartKey: from,
      }),
    );
    ids.push(...(page.Items ?? []).map((item) => idOf(item["pk"]?.S)));
    from = page.LastEvaluatedKey;
  } while (from);
  return ids;
}
