import { createHash } from "node:crypto";
import type { AthenaClient } from "@aws-sdk/client-athena";
import { cancelledElsewhere, describeInvalidQuery } from "../aws/describe-athena-error.ts";
import type { AthenaCall, AthenaScope } from "../runbook/athena-plan.ts";
import { validationLines, validationText } from "../runbook/validation-text.ts";
import { awaitQuery } from "./await-query.ts";
import { QueryUnknown, startQuery } from "./start-query.ts";

/**
 * Has Athena check the planned query under the run's own rights before it runs: that its tables and columns are there
 * and fit together, and that this run may see them. It reads no data and costs nothing, so nobody has to stop it, and
 * its id is not recorded.
 *
 * @returns what Athena said against it; nothing when it may run
 */
export async function validateQuery(
  client: AthenaClient,
  call: AthenaCall,
  { workgroup: { name, results } }: AthenaScope,
  clientRequestToken: string,
  signal: AbortSignal,
): Promise<{ code: string; sentence: string } | undefined> {
  const { WorkGroup, QueryExecutionContext } = call.request;
  const validation: AthenaCall = {
    action: call.action,
    request: { WorkGroup, QueryExecutionContext, QueryString: validationText(call) },
  };
  // Another query than the planned one, so another token; made of it, since that one is random and secret.
  const token = createHash("sha256").update(`validate ${clientRequestToken}`).digest("hex");
  const id = await startQuery(client, validation, { name, results }, token, signal).catch(
    (error: unknown) => {
      // It reads nothing, so one that perhaps runs is no more than one that failed to start.
      throw error instanceof QueryUnknown ? error.cause : error;
    },
  );
  const seen = await awaitQuery(
    { current: async () => client, restMs: () => Infinity },
    id,
    Infinity,
    signal,
    () => {},
  );
  if (seen.state === "FAILED") return describeInvalidQuery(seen.error, seen.reason, validationLines);
  return seen.state === "CANCELLED" ? cancelledElsewhere(seen.bytesScanned) : undefined;
}
