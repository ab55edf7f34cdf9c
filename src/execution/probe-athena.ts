import { type AthenaClient, StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import type { Plan } from "../runbook/plan.ts";
import type { RunSession } from "../workflow/ports.ts";
import { lookAt } from "./await-query.ts";
import { isRefusal } from "./probe-dynamodb.ts";
import { athenaOf, type SessionQuery } from "./run-athena.ts";

/**
 * With the run's own credentials looks at the query that it started, then starts the planned query again; both must
 * be refused. The look comes first because it changes nothing: while it is still allowed, nothing is started. The
 * start carries the run's token, for which AWS would give the old query.
 */
export async function probeAthena(
  client: AthenaClient,
  plan: Plan,
  { clientRequestToken, queryExecutionId }: SessionQuery,
  signal: AbortSignal,
): ReturnType<RunSession["probe"]> {
  // AWS never took the query, so its refusal now would show nothing.
  if (queryExecutionId === undefined) return { status: "no-proof" };
  const look = await refusalOf(() => lookAt(client, queryExecutionId, signal));
  if (look.status !== "denied") return named("athena:GetQueryExecution", look);
  const { call } = athenaOf(plan);
  const again = new StartQueryExecutionCommand({
    ...call.request,
    ExecutionParameters: call.request.ExecutionParameters && [...call.request.ExecutionParameters],
    ClientRequestToken: clientRequestToken,
  });
  const start = await refusalOf(() => client.send(again, { abortSignal: signal }));
  return named("athena:GetQueryExecution and athena:StartQueryExecution", start);
}

/** The same of a session that only followed the query: it started nothing, so it is asked for a look alone. */
export async function probeLook(
  client: AthenaClient,
  queryExecutionId: string,
  signal: AbortSignal,
): ReturnType<RunSession["probe"]> {
  return named("athena:GetQueryExecution", await refusalOf(() => lookAt(client, queryExecutionId, signal)));
}

type Answer =
  | { status: "denied"; name: string }
  | { status: "still-alive" }
  | { status: "unclear"; name: string };

async function refusalOf(call: () => Promise<unknown>): Promise<Answer> {
  try {
    await call();
    return { status: "still-alive" };
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown error";
    return { status: isRefusal(name) ? "denied" : "unclear", name };
  }
}

function named(actions: string, answer: Answer): Awaited<ReturnType<RunSession["probe"]>> {
  if (answer.status === "still-alive") return answer;
  const ended = answer.status === "denied" ? "refused" : "ended";
  return {
    status: answer.status,
    detail: `${actions} ${actions.includes(" and ") ? "were" : "was"} ${ended} with ${answer.name}`,
  };
}
