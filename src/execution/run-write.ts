import { type DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { describeAwsError, isUnanswered } from "../aws/describe-aws-error.ts";
import type { GetItemCall, Item, UpdateItemCall } from "../dynamodb/requests.ts";
import { differing } from "../dynamodb/same-value.ts";
import { differenceRows } from "../runbook/difference-rows.ts";
import type { Plan, PlannedWrite } from "../runbook/plan.ts";
import type { Execution, RunProgress } from "../workflow/ports.ts";
import { look, NotShowable, type Seen } from "./look.ts";
import { readBack } from "./read-back.ts";

type Done = Execution & { status: "succeeded" };

/**
 * One write: sent once, never again. When its answer is lost, the item is read back and says what became of it. A plan
 * that has no UpdateItem among its calls only looks at what stands there.
 */
export async function runWrite(
  client: DynamoDBClient,
  { calls, limits }: Plan,
  write: PlannedWrite,
  signal: AbortSignal,
  onProgress: (progress: RunProgress) => void,
): Promise<Execution> {
  const update = calls.find((call) => call.action === "dynamodb:UpdateItem");
  const lookCall = calls.find((call) => call.action === "dynamodb:GetItem");
  if (!lookCall) throw new Error("A write has a call that looks at what stands there");
  const run: Run = { client, write, lookCall, timeoutMs: limits.timeoutSeconds * 1000, onProgress };
  try {
    if (!update) return lookedAt(await seen(run, signal));
    if (write.before.status === "to-be-read") throw new Error("A write runs before its item was looked at");
    const before = write.before.status === "read" ? write.before.image : (await seen(run, signal)).image;
    signal.throwIfAborted();
    return await send(run, update, before);
  } catch (error) {
    if (signal.aborted) return { status: "aborted" };
    if (error instanceof NotShowable)
      return {
        status: "failed",
        code: "not-showable",
        sentence: `The item can't be shown: ${error.message} Nothing was written.`,
      };
    return { status: "failed", ...describeAwsError(error) };
  }
}

type Run = {
  client: DynamoDBClient;
  write: PlannedWrite;
  lookCall: GetItemCall;
  timeoutMs: number;
  onProgress: (progress: RunProgress) => void;
};

async function seen({ client, lookCall, timeoutMs, onProgress }: Run, signal: AbortSignal): Promise<Seen> {
  const found = await look(client, lookCall, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  onProgress({ pages: 1, rows: 0, itemsScanned: 1 });
  return found;
}

function lookedAt({ image, capacityUnits }: Seen): Done {
  return { status: "succeeded", rows: [], pages: 1, itemsScanned: 1, capacityUnits, image };
}

/** The end of the grant does not cut a write that is under way: its answer says what became of it within moments. */
async function send(run: Run, { request }: UpdateItemCall, before: Readonly<Item>): Promise<Execution> {
  try {
    const answer = await run.client.send(
      new UpdateItemCommand({ ...request, ReturnConsumedCapacity: "TOTAL" }),
      {
        abortSignal: AbortSignal.timeout(run.timeoutMs),
      },
    );
    run.onProgress({ pages: 1, rows: 0, itemsScanned: 1 });
    return done(run.write, before, answer.ConsumedCapacity?.CapacityUnits ?? 0);
  } catch (error) {
    if (error instanceof Error && error.name === "ConditionalCheckFailedException") {
      run.onProgress({ pages: 1, rows: 0, itemsScanned: 1 });
      return refused(run, before);
    }
    if (!isUnanswered(error)) return { status: "failed", ...describeAwsError(error) };
    const outcome = await readBack(run, before);
    if (outcome === "applied") return { ...done(run.write, before, 0), settledBy: "read-back" };
    return outcome === "not-applied" ? notApplied : outcomeUnknown;
  }
}

function done(write: PlannedWrite, before: Readonly<Item>, capacityUnits: number): Done {
  return {
    status: "succeeded",
    rows: differenceRows(write, before),
    pages: 1,
    itemsScanned: 1,
    capacityUnits,
    wrote: true,
  };
}

/** The condition did not hold. Whether that is because the item changed since it was shown, a look can tell. */
async function refused(run: Run, before: Readonly<Item>): Promise<Execution> {
  const names = run.write.attributes.map(({ name }) => name);
  const now =
    run.write.before.status === "read"
      ? await look(run.client, run.lookCall, AbortSignal.timeout(LOOK_MS)).catch(() => undefined)
      : undefined;
  const changed = now ? differing(names, before, now.image) : [];
  return changed.length > 0
    ? {
        status: "failed",
        code: "changed-since-shown",
        sentence: `The item changed after it was shown (${changed.join(", ")}), so nothing was written. Ask again; approvers will see what stands there now.`,
      }
    : {
        status: "failed",
        code: "condition-failed",
        sentence:
          "The condition of this write does not hold for the item, so nothing was written. Look at the item before you ask again.",
      };
}

const LOOK_MS = 3_000;

const notApplied: Execution = {
  status: "failed",
  code: "not-applied",
  sentence:
    "DynamoDB did not answer the write, and the item, read back, is as it was before: nothing was written. Ask again.",
};

const outcomeUnknown: Execution = {
  status: "unknown",
  code: "outcome-unknown",
  sentence:
    "DynamoDB did not answer the write, and reading the item back did not tell whether it was done. Look at the item before anybody writes again; this is not sent again.",
};
