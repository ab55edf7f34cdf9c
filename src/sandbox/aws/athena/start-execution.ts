import { createHash, randomUUID } from "node:crypto";
import type { ServiceCall } from "../service.ts";
import type { AthenaRequest } from "./athena-requests.ts";
import type { Engine } from "./engine.ts";
import { type Execution, isOver } from "./execution.ts";
import { meaningful, sqlTokens } from "./sql-tokens.ts";
import { statementKind } from "./statement-kind.ts";
import { invalidRequest, malformed, tooManyQueries } from "./wording.ts";
import type { WorkGroup } from "./workgroups.ts";

/** Everything that was ever started, and which token started what. */
export type Executions = {
  byId: Map<string, Execution>;
  byToken: Map<string, { id: string; digest: string }>;
};

const maxQueryBytes = 262_144;

/**
 * Takes a query as StartQueryExecution does: the same token with the same request gives the earlier id, whatever
 * became of it; with another request it is refused. Text that can't be parsed is refused here, all else fails later.
 */
export async function takeExecution(
  request: AthenaRequest<"StartQueryExecution">,
  workGroup: WorkGroup,
  origin: ServiceCall,
  deps: { executions: Executions; engine: Engine; maxActive: number },
): Promise<{ execution: Execution; isNew: boolean }> {
  const { byId, byToken } = deps.executions;
  const digest = digestOf(request);
  const known =
    request.ClientRequestToken === undefined ? undefined : byToken.get(request.ClientRequestToken);
  const earlier = known && byId.get(known.id);
  if (known && earlier) {
    if (known.digest !== digest) throw invalidRequest("Idempotent parameters do not match");
    return { execution: earlier, isNew: false };
  }

  await checkText(request.QueryString, deps.engine);
  if ([...byId.values()].filter((other) => !isOver(other)).length >= deps.maxActive) throw tooManyQueries();
  const execution = newExecution(request, workGroup, origin);
  const reused = resultToReuse(request, execution, byId);
  if (reused?.result) Object.assign(execution, reusing(reused, origin.now));
  byId.set(execution.id, execution);
  if (request.ClientRequestToken !== undefined) {
    byToken.set(request.ClientRequestToken, { id: execution.id, digest });
  }
  return { execution, isNew: true };
}

function digestOf({ ClientRequestToken: _token, ...request }: AthenaRequest<"StartQueryExecution">): string {
  return createHash("sha256").update(JSON.stringify(request)).digest("hex");
}

async function checkText(sql: string, engine: Engine): Promise<void> {
  if (Buffer.byteLength(sql) > maxQueryBytes) {
    throw invalidRequest(`Query string exceeds the limit of ${maxQueryBytes} bytes`);
  }
  const words = meaningful(sqlTokens(sql));
  if (words.length === 0) throw malformed(sql, sql.length);
  const semicolon = words.findIndex(({ text }) => text === ";");
  if (semicolon >= 0 && semicolon < words.length - 1) {
    throw invalidRequest(`Only one sql statement is allowed. Got: ${sql}`, "MALFORMED_QUERY");
  }
  const statement = statementKind(sql);
  if (statement.kind === "other") {
    if (!statementWords.has(statement.word)) throw malformed(sql, words[0]?.at ?? 0);
    return;
  }
  const parsed = await engine.parse(statement.sql);
  if (parsed.status === "refused") {
    throw malformed(sql, sql.length - statement.sql.length + parsed.position);
  }
}

/** With what a statement that Athena knows may begin, besides queries. */
const statementWords = new Set(
  "INSERT UNLOAD MERGE UPDATE DELETE CREATE DROP ALTER MSCK SHOW DESCRIBE DESC PREPARE EXECUTE DEALLOCATE VACUUM OPTIMIZE USING".split(
    " ",
  ),
);

function newExecution(
  request: AthenaRequest<"StartQueryExecution">,
  workGroup: WorkGroup,
  origin: ServiceCall,
): Execution {
  const id = randomUUID();
  const folder = outputFolder(request, workGroup);
  return {
    id,
    sql: request.QueryString,
    parameters: request.ExecutionParameters ?? [],
    database: request.QueryExecutionContext?.Database ?? "default",
    catalog: (request.QueryExecutionContext?.Catalog ?? "awsdatacatalog").toLowerCase(),
    workGroup,
    ...(folder !== undefined && { outputLocation: `${folder.replace(/\/?$/u, "/")}${id}.csv` }),
    origin,
    submittedAt: origin.now,
    state: "QUEUED",
    bytesScanned: 0,
    queueMs: 0,
    planningMs: 0,
    engineMs: 0,
    reused: false,
    stop: new AbortController(),
  };
}

/** Managed results have no folder; an enforced workgroup's wins over the client's. */
function outputFolder(
  { ResultConfiguration }: AthenaRequest<"StartQueryExecution">,
  { managedResults, outputLocation, enforced = true }: WorkGroup,
): string | undefined {
  if (managedResults) return undefined;
  const folder = enforced ? outputLocation : (ResultConfiguration?.OutputLocation ?? outputLocation);
  if (folder !== undefined) return folder;
  throw invalidRequest(
    "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.",
  );
}

/** Own-bucket workgroups only, and only where the rows of the text are determined. */
function resultToReuse(
  request: AthenaRequest<"StartQueryExecution">,
  execution: Execution,
  byId: Map<string, Execution>,
): Execution | undefined {
  const reuse = request.ResultReuseConfiguration?.ResultReuseByAgeConfiguration;
  if (reuse?.Enabled !== true || execution.workGroup.managedResults) return undefined;
  if (/\blimit\b/iu.test(execution.sql) && !/\border\s+by\b/iu.test(execution.sql)) return undefined;
  const oldest = execution.submittedAt.getTime() - (reuse.MaxAgeInMinutes ?? 60) * 60_000;
  const keyOf = ({ sql, parameters, database, catalog, workGroup }: Execution) =>
    JSON.stringify([sql, parameters, database, catalog, workGroup.name]);
  return [...byId.values()].findLast(
    (other) =>
      other.state === "SUCCEEDED" &&
      !other.reused &&
      (other.completedAt?.getTime() ?? 0) >= oldest &&
      keyOf(other) === keyOf(execution),
  );
}

function reusing({ result }: Execution, now: Date): Partial<Execution> {
  return { state: "SUCCEEDED", completedAt: now, reused: true, ...(result && { result }) };
}
