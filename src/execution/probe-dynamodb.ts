import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Plan, PlannedCall } from "../runbook/plan.ts";
import type { RunSession } from "../workflow/ports.ts";
import { type ReadCall, sendCall } from "./send-call.ts";

const REFUSALS = new Set(["AccessDeniedException", "ExpiredTokenException"]);

/** Whether an error of this name means that the credentials are good for nothing any more. */
export function isRefusal(errorName: string): boolean {
  return REFUSALS.has(errorName);
}

/**
 * Repeats the first planned read with the run's own credentials; it must be refused. What it reads, if anything, is
 * dropped at once. A write is never repeated: were the session still alive, it would be done again.
 */
export async function probeDynamoDb(
  client: DynamoDBClient,
  plan: Plan,
  signal: AbortSignal,
): ReturnType<RunSession["probe"]> {
  const call = plan.calls.find(isRead);
  if (!call) return { status: "unclear", detail: "the plan has no DynamoDB read to repeat" };
  try {
    await sendCall(client, call, signal);
    return { status: "still-alive" };
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown error";
    if (isRefusal(name)) return { status: "denied", detail: `${call.action} was refused with ${name}` };
    return { status: "unclear", detail: `${call.action} ended with ${name}` };
  }
}

function isRead(call: PlannedCall): call is ReadCall {
  return call.action !== "athena:StartQueryExecution" && call.action !== "dynamodb:UpdateItem";
}
