import { setTimeout as wait } from "node:timers/promises";
import { type AthenaClient, StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import { isTransient, isUnanswered } from "../aws/describe-aws-error.ts";
import type { AthenaCall, AthenaScope } from "../runbook/athena-plan.ts";

const TRIES = 5;
const FIRST_WAIT_MS = 500;

/** Athena may have taken the query, and would not say so: nobody knows the id by which it could be stopped. */
export class QueryUnknown extends Error {
  override readonly name = "QueryUnknown";
}

/**
 * Starts the planned query and answers its id. A call is never aborted under way: a query whose id nobody knows could
 * not be stopped. One that AWS was too busy for, or whose answer was lost, is repeated with the same token, for which
 * AWS starts at most one query; between attempts the signal is asked. Where an answer was lost, Athena is asked once
 * more whatever the signal says, so that whoever has to stop the query gets to know it.
 *
 * @throws QueryUnknown when that gave no id either; else what the last attempt was refused with.
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
  signal.throwIfAborted();
  let perhapsStarted = false;
  for (let tries = 1; ; tries++) {
    try {
      return await idOf(client, command);
    } catch (error) {
      perhapsStarted ||= isUnanswered(error);
      const goesOn = tries < TRIES && isTransient(error) && (await waited(tries, signal));
      if (goesOn) continue;
      // A run that ends during the wait ends with what it waited for.
      if (!perhapsStarted) throw error;
      return await idOf(client, command).catch((cause: unknown) => {
        throw new QueryUnknown("Athena may have started the query and did not say so", { cause });
      });
    }
  }
}

async function idOf(client: AthenaClient, command: StartQueryExecutionCommand): Promise<string> {
  const { QueryExecutionId } = await client.send(command);
  if (!QueryExecutionId) throw new Error("Athena answered StartQueryExecution without an id");
  return QueryExecutionId;
}

/** False when the signal came first. */
async function waited(tries: number, signal: AbortSignal): Promise<boolean> {
  await wait(jittered(FIRST_WAIT_MS * 2 ** (tries - 1)), undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

/** Between 75 and 125 %: runs that were refused together should not come back together. */
export function jittered(ms: number): number {
  return ms * (0.75 + Math.random() / 2);
}
