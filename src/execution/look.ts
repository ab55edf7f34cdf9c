import type { AttributeValue as SdkValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { isTransient } from "../aws/describe-aws-error.ts";
import type { GetItemCall, Item } from "../dynamodb/requests.ts";
import { askAgain } from "./ask-again.ts";
import { sendCall } from "./send-call.ts";

/** What stands there, under the names that were asked for. */
export type Seen = { image: Item; capacityUnits: number };

/** More than that nobody judges on a card. */
const MAX_IMAGE_BYTES = 8_192;

/** What stands there can't be shown as it is, so nobody could judge it. */
export class NotShowable extends Error {
  override readonly name = "NotShowable";
}

/**
 * Reads the item's attributes, again while AWS has a passing trouble: the client of a write repeats nothing by itself.
 *
 * @throws NotShowable for binary values and for more than 8 KiB
 */
export async function look(client: DynamoDBClient, call: GetItemCall, signal: AbortSignal): Promise<Seen> {
  const page = await askAgain(() => sendCall(client, call, signal), isTransient, signal);
  const found = page.items[0] ?? {};
  if (Object.values(found).some(isBinary))
    throw new NotShowable("It holds binary values, which nobody can judge.");
  if (Buffer.byteLength(JSON.stringify(found)) > MAX_IMAGE_BYTES)
    throw new NotShowable(`It holds more than ${MAX_IMAGE_BYTES / 1024} KiB, more than anybody can judge.`);
  return { image: found as Item, capacityUnits: page.capacityUnits };
}

function isBinary(value: SdkValue): boolean {
  if (value.B !== undefined || value.BS !== undefined) return true;
  return (value.L ?? Object.values(value.M ?? {})).some(isBinary);
}
