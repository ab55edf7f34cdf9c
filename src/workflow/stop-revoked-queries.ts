import { mustBeStopped } from "../request/query.ts";
import type { QueryEnd } from "../request/request.ts";
import type { Deps } from "./deps.ts";
import type { QueryJanitor } from "./ports.ts";
import { stopQueries } from "./stop-queries.ts";

export type StoppedQuery = {
  requestId: string;
  run: number;
  queryExecutionId: string;
  /** In which region it runs, for whoever has to stop it by hand. */
  region: string;
} & ({ end: QueryEnd } | { why: string });

/**
 * Stops the Athena queries of requests whose access an operator has ended, with the janitor's rights and without any
 * worker: where the bot is down for good, nobody else does. Beside a bot that lives it does no harm: a query is stopped
 * once, and its end recorded once.
 */
export async function stopRevokedQueries(
  deps: Pick<Deps, "store" | "clock" | "log"> & { janitor: QueryJanitor },
  requestIds: readonly string[],
): Promise<StoppedQuery[]> {
  const stopped: StoppedQuery[] = [];
  for (const requestId of requestIds) stopped.push(...(await stopOf(deps, requestId)));
  return stopped;
}

async function stopOf(
  deps: Parameters<typeof stopRevokedQueries>[0],
  requestId: string,
): Promise<StoppedQuery[]> {
  const before = (await deps.store.get(requestId))?.request;
  const open = before?.runs.filter((run) => mustBeStopped(before, run)) ?? [];
  if (!before || open.length === 0) return [];
  let why = "it was told to stop and has not yet";
  try {
    await stopQueries({ ...deps, queue: noQueue }, before);
  } catch (error) {
    why = reasonOf(error);
  }
  const after = (await deps.store.get(requestId))?.request;
  return open.flatMap(({ no: run, query }): StoppedQuery[] => {
    if (!query) return [];
    const { queryExecutionId } = query;
    const facts = { requestId, run, queryExecutionId, region: before.plan.target.region };
    const end = after?.runs.find(({ no }) => no === run)?.query?.ended?.state;
    return [end ? { ...facts, end } : { ...facts, why }];
  });
}

/** What follows is the sweeper's, when there is one again. */
const noQueue: Deps["queue"] = {
  run: async () => {},
  project: async () => {},
  wake: async () => {},
  stop: async () => {},
};

function reasonOf(error: unknown): string {
  const causes: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return causes.map((one) => (one instanceof Error ? `${one.name}: ${one.message}` : String(one))).join("; ");
}
