import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { AwsPeer } from "../../src/sandbox/aws/start-aws.ts";
import type { OrdersFacts } from "../../src/sandbox/seed/orders.ts";
import type { SlackPeer } from "../../src/sandbox/slack/start-slack.ts";
import { approve, APPROVALS, ask, type Asked, inThread, PATIENCE } from "./acting.ts";

type World = { slack: SlackPeer; aws: AwsPeer; orders: OrdersFacts };

/** The stuck order that the stories write to. */
export function lockedOrder({ orders }: World, at = 0): string {
  const order = orders.stuck.orderIds[at];
  if (order === undefined) throw new Error("the seed has no such stuck order");
  return order;
}

export const HOLDER = "fulfilment-worker-3";

/** A request to release a lock whose item was looked at, as its approvers see it. */
export async function askForRelease(
  world: World,
  order: string,
  { holder = HOLDER, as = "oncall" }: { holder?: string; as?: string } = {},
): Promise<Asked> {
  const asked = await ask(world, {
    as,
    runbook: "orders-release-lock",
    fields: { "Order number": order, "Held by": holder },
  });
  await looked(world, asked);
  return asked;
}

async function looked(world: Pick<World, "slack">, asked: Asked): Promise<void> {
  await inThread(world, asked, "The item was looked at");
}

/** Both approvers press Approve on the card as it is now. */
export async function approveByTwo(world: World, asked: Asked): Promise<void> {
  for (const role of ["lead", "approver2"]) {
    const card = await freshCard(world, asked);
    await approve(world, { ...asked, card }, role);
  }
}

/** The card once it shows what would change. */
export function freshCard({ slack }: World, { card }: Asked) {
  return slack
    .as("lead")
    .waitForMessage(
      APPROVALS,
      (text, message) => message.ts === card.ts && text.includes("What would change"),
      PATIENCE,
    );
}

/** What stands in the table, read with rights that no run has. */
export async function lockOf({ aws }: World, order: string): Promise<{ owner?: string; until?: string }> {
  using client = operator(aws);
  const { Item = {} } = await client.it.send(
    new GetItemCommand({ TableName: "orders", Key: { order_id: { S: order } }, ConsistentRead: true }),
  );
  const [owner, until] = [Item["lock_owner"]?.S, Item["lock_expires_at"]?.S];
  return { ...(owner === undefined ? {} : { owner }), ...(until === undefined ? {} : { until }) };
}

/** Somebody else takes the lock meanwhile. */
export async function takeLock({ aws }: World, order: string, owner: string, until: string): Promise<void> {
  using client = operator(aws);
  await client.it.send(
    new UpdateItemCommand({
      TableName: "orders",
      Key: { order_id: { S: order } },
      UpdateExpression: "SET lock_owner = :owner, lock_expires_at = :until",
      ExpressionAttributeValues: { ":owner": { S: owner }, ":until": { S: until } },
    }),
  );
}

function operator(aws: AwsPeer): { it: DynamoDBClient } & Disposable {
  const it = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.operator });
  return { it, [Symbol.dispose]: () => it.destroy() };
}
