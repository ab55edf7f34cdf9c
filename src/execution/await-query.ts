import { setTimeout as wait } from "node:timers/promises";
import { type AthenaClient, type AthenaError, GetQueryExecutionCommand } from "@aws-sdk/client-athena";
import { isTransient } from "../aws/describe-aws-error.ts";
import { jittered } from "./start-query.ts";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 3_000;

/** A query as GetQueryExecution shows it. */
export type SeenQuery = {
  state: "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
  bytesScanned: number;
  error?: AthenaError;
  reason?: string;
};

/** Where looks at a query come from. */
export type Lookout = {
  /** The client of the session that is good for now. */
  current(): Promise<AthenaClient>;
  /** So long until `current` must be asked again, lest its session end without a successor. */
  restMs(): number;
};

/**
 * Looks at the query, ever more seldom, until it has ended or has read more than `maxBytesScanned`. A look that AWS
 * is too busy for tells nothing about the query, so it is only repeated.
 */
export async function awaitQuery(
  lookout: Lookout,
  queryExecutionId: string,
  maxBytesScanned: number,
  signal: AbortSignal,
  onSeen: (query: SeenQuery) => void,
): Promise<SeenQuery> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS)) {
    signal.throwIfAborted();
    const client = await lookout.current();
    const seen = await lookAt(client, queryExecutionId, signal).catch((error: unknown) => {
      if (signal.aborted || !isTransient(error)) throw error;
      return undefined;
    });
    if (seen) {
      onSeen(seen);
      if (seen.state !== "QUEUED" && seen.state !== "RUNNING") return seen;
      if (seen.bytesScanned > maxBytesScanned) return seen;
    }
    await wait(Math.min(jittered(waitMs), lookout.restMs()), undefined, { signal });
  }
}

export async function lookAt(
  client: AthenaClient,
  queryExecutionId: string,
  signal: AbortSignal,
): Promise<SeenQuery> {
  const command = new GetQueryExecutionCommand({ QueryExecutionId: queryExecutionId });
  const { QueryExecution } = await client.send(command, { abortSignal: signal });
  const { State, AthenaError, StateChangeReason } = QueryExecution?.Status ?? {};
  if (!State) throw new Error("Athena answered GetQueryExecution without a state");
  return {
    state: State,
    bytesScanned: QueryExecution?.Statistics?.DataScannedInBytes ?? 0,
    ...(AthenaError ? { error: AthenaError } : {}),
    ...(StateChangeReason ? { reason: StateChangeReason } : {}),
  };
}
