import { setTimeout as wait } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { GetItemCall, Item } from "../dynamodb/requests.ts";
import { type Standing, whatStands } from "../runbook/what-stands.ts";
import type { PlannedWrite } from "../runbook/plan.ts";
import { look } from "./look.ts";

/** A write that DynamoDB had in its hands when the connection broke is done or given up within moments. */
const WAITS_MS = [0, 500, 1_500];
const LOOK_MS = 2_000;

/**
 * What became of a write whose answer was lost: looked at until it shows, and called not applied only after the item
 * stayed as it was for two seconds.
 */
export async function readBack(
  run: { client: DynamoDBClient; write: PlannedWrite; lookCall: GetItemCall },
  before: Readonly<Item>,
): Promise<Standing> {
  let outcome: Standing = "unclear";
  for (const ms of WAITS_MS) {
    await wait(ms);
    const seen = await look(run.client, run.lookCall, AbortSignal.timeout(LOOK_MS)).catch(() => undefined);
    outcome = seen ? whatStands(run.write, before, seen.image) : "unclear";
    if (outcome === "applied") break;
  }
  return outcome;
}
