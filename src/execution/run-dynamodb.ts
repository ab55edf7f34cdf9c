import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describeAwsError } from "../aws/describe-aws-error.ts";
import type { Limits, Plan } from "../runbook/plan.ts";
import type { Execution, RunProgress } from "../workflow/ports.ts";
import { runWrite } from "./run-write.ts";
import { toRow } from "./to-row.ts";
import { type ReadCall, sendCall } from "./send-call.ts";

type Cap = NonNullable<(Execution & { status: "succeeded" })["truncatedBy"]>;

/** What was read so far. */
type Item = Record<string, AttributeValue>;
type Tally = { items: Item[]; pages: number; itemsScanned: number; capacityUnits: number; bytes: number };

/**
 * The plan's calls in order, page by page, until the end or the first cap. Asks the signal before each page, so
 * that an end of the grant stops it there; the timeout is one of the caps that fail rather than cut, because
 * half of a page's time says nothing about the rows. A write goes its own way.
 */
export async function runDynamoDb(
  client: DynamoDBClient,
  plan: Plan,
  signal: AbortSignal,
  onProgress: (progress: RunProgress) => void,
): Promise<Execution> {
  if (plan.write) return runWrite(client, plan, plan.write, signal, onProgress);
  const timeout = AbortSignal.timeout(plan.limits.timeoutSeconds * 1000);
  const either = AbortSignal.any([signal, timeout]);
  const tally: Tally = { items: [], pages: 0, itemsScanned: 0, capacityUnits: 0, bytes: 0 };
  let truncatedBy: Cap | undefined;
  try {
    for (const call of plan.calls) {
      if (call.action === "athena:StartQueryExecution" || call.action === "dynamodb:UpdateItem")
        throw new Error(`A plan of DynamoDB reads holds ${call.action}`);
      truncatedBy ??= await readCall(client, call, plan.limits, either, tally, onProgress);
    }
  } catch (error) {
    if (signal.aborted) return { status: "aborted" };
    if (timeout.aborted) return timedOut(plan.limits);
    return { status: "failed", ...describeAwsError(error) };
  }
  return {
    status: "succeeded",
    rows: tally.items.map((item) => toRow(item, plan.output.columns)),
    pages: tally.pages,
    itemsScanned: tally.itemsScanned,
    capacityUnits: tally.capacityUnits,
    ...(truncatedBy ? { truncatedBy } : {}),
  };
}

/** The cap that cut the call short, or nothing when it was read to its end. */
async function readCall(
  client: DynamoDBClient,
  call: ReadCall,
  limits: Limits,
  signal: AbortSignal,
  tally: Tally,
  onProgress: (progress: RunProgress) => void,
): Promise<Cap | undefined> {
  let next: ReadCall | undefined = call;
  while (next) {
    const cap = capBeforePage(limits, tally);
    if (cap) return cap;
    signal.throwIfAborted();
    const page = await sendCall(
      client,
      withinItems(next, limits.maxItemsScanned - tally.itemsScanned),
      signal,
    );
    tally.pages += 1;
    tally.itemsScanned += page.itemsScanned;
    tally.capacityUnits += page.capacityUnits;
    const full = takeItems(page.items, limits, tally);
    onProgress({ pages: tally.pages, rows: tally.items.length, itemsScanned: tally.itemsScanned });
    if (full) return full;
    next = page.next;
  }
  return undefined;
}

function capBeforePage(limits: Limits, tally: Tally): Cap | undefined {
  if (tally.items.length >= limits.maxRows) return "maxRows";
  if (tally.pages >= limits.maxPages) return "maxPages";
  if (tally.itemsScanned >= limits.maxItemsScanned) return "maxItemsScanned";
  return undefined;
}

function takeItems(items: readonly Item[], limits: Limits, tally: Tally): Cap | undefined {
  for (const item of items) {
    if (tally.items.length >= limits.maxRows) return "maxRows";
    const bytes = Buffer.byteLength(JSON.stringify(item));
    if (tally.bytes + bytes > limits.maxBytes) return "maxBytes";
    tally.bytes += bytes;
    tally.items.push(item);
  }
  return undefined;
}

/** A page never evaluates more items than the cap leaves; asking for fewer than approved is always within the plan. */
function withinItems(call: ReadCall, left: number): ReadCall {
  switch (call.action) {
    case "dynamodb:Query":
      return { ...call, request: { ...call.request, Limit: Math.min(call.request.Limit, left) } };
    case "dynamodb:Scan":
      return { ...call, request: { ...call.request, Limit: Math.min(call.request.Limit, left) } };
    case "dynamodb:GetItem":
    case "dynamodb:BatchGetItem":
      return call;
  }
}

function timedOut(limits: Limits): Execution {
  return {
    status: "failed",
    code: "timeout",
    sentence: `The query did not end within the runbook's ${limits.timeoutSeconds} seconds and was stopped. Narrow it, or ask the runbook's owner.`,
  };
}
