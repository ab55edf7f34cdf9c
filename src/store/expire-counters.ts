import {
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";

/** The attribute of counters, and of nothing else: when the table may forget the item, in epoch seconds. */
export const EXPIRES_AT = "expiresAt";

/**
 * Has DynamoDB delete counters whose day is long over; does nothing where it does. Requests and facts have no such
 * attribute and stay. `other`: it deletes by another attribute, which is left as it is.
 */
export async function expireCounters(
  client: DynamoDBClient,
  table: string,
): Promise<{ status: "on" } | { status: "other"; attribute: string }> {
  const answer = await client.send(new DescribeTimeToLiveCommand({ TableName: table }));
  const { TimeToLiveStatus: status, AttributeName: attribute = "" } = answer.TimeToLiveDescription ?? {};
  if (status === "ENABLED" || status === "ENABLING")
    return attribute === EXPIRES_AT ? { status: "on" } : { status: "other", attribute };
  const TimeToLiveSpecification = { Enabled: true, AttributeName: EXPIRES_AT };
  await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
  return { status: "on" };
}
