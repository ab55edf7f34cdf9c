import { setTimeout as wait } from "node:timers/promises";
import { type AthenaClient, StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import { isTransient } from "../aws/describe-aws-error.ts";
import type { AthenaCall, AthenaScope } from "../runbook/athena-plan.ts";

const TRIES = 5;
const FIRST_WAIT_MS = 500;

/**
 * Starts the planned query and answers its id. A call is never aborted under way: a query whose id nobody knows could
 * not be stopped. One that AWS was too busy for, or whose answer was lost, is repeated with the same token, for which
 * AWS starts at most one query; between attempts the signal is asked.
 */
export async function startQuery(
  client: AthenaClient,
  { request }: AthenaCall,
  { reuseMinutes }: AthenaScope["workgroup"],
  clientRequestToken: string,
  signal: AbortSignal,
): Promise<string> {
  const command = new StartQueryExecutionCommand({
    ...request,
    ExecutionParameters: request.ExecutionParameters && [...request.ExecutionParameters],
    ClientRequestToken: clientRequestToken,
    ...(reuseMinutes === undefined
      ? {}
      : {
          ResultReuseConfiguration: {
            ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: reuseMinutes },
          },
        }),
  });
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      const { QueryExecutionId } = await client.send(command);
      if (!QueryExecutionId) throw new Error("Athena answered StartQueryExecution without an id");
      return QueryExecutionId;
    } catch (error) {
      if (tries >= TRIES || !isTransient(error)) throw error;
      // A run that ends during the wait ends with what it waited for.
      await wait(jittered(FIRST_WAIT_MS * 2 ** (tries - 1)), undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

/** Between 75 and 125 %: runs that were refused together should not come back together. */
export function jittered(ms: number): number {
  return ms * (0.75 + Math.random() / 2);
}
