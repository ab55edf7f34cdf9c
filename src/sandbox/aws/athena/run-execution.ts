import type { SandboxClock } from "../clock.ts";
import type { Engine } from "./engine.ts";
import { isOver, type Execution, type ExecutionState } from "./execution.ts";
import type { Forward } from "./forwarded-access.ts";
import type { createPace } from "./pace.ts";
import { planQuery, type QueryPlan } from "./plan-query.ts";
import type { QueryError } from "./query-error.ts";
import type { QueryResult } from "./query-result.ts";
import { s3Location } from "./s3-location.ts";
import type { StoredObject } from "./touched-objects.ts";
import type { AthenaTable } from "./table.ts";
import { queryError } from "./wording.ts";

export type RunDeps = {
  engine: Engine;
  tables: () => readonly AthenaTable[];
  forward: Forward;
  pace: ReturnType<typeof createPace>;
  clock: SandboxClock;
  glueArn: (path: string) => string;
  /** The failure that a story has asked for, if any; taken once. */
  takeFailure: () => QueryError | undefined;
  /** Brings the CloudTrail table up to what it would hold by now. */
  deliver: () => Promise<unknown>;
};

/** QUEUED → RUNNING → SUCCEEDED, FAILED or CANCELLED; never throws. The end is in the execution. */
export async function runExecution(execution: Execution, deps: RunDeps): Promise<void> {
  const { signal } = execution.stop;
  const started = performance.now();
  try {
    await deps.pace.wait(signal);
    await deps.pace.pass("queued", execution.id, signal);
    signal.throwIfAborted();
    execution.queueMs = performance.now() - started;
    execution.state = "RUNNING";
    await deps.deliver();
    await runPlanned(execution, deps);
    if (!isOver(execution)) end(execution, deps, "SUCCEEDED");
  } catch (thrown) {
    if (signal.aborted) end(execution, deps, "CANCELLED", "Query cancelled by user");
    else fail(execution, deps, queryError(execution.sql, thrown));
  }
}

async function runPlanned(execution: Execution, deps: RunDeps): Promise<void> {
  const { signal } = execution.stop;
  const planning = performance.now();
  const plan = await planQuery(execution, { ...deps, tables: deps.tables(), now: deps.clock.now() });
  checkResultsBucket(execution, deps.forward);
  execution.planningMs = performance.now() - planning;

  const running = performance.now();
  await scan(plan.objects, execution, deps);
  if (isOver(execution)) return;
  const failure = deps.takeFailure();
  if (failure) throw failure;
  const result = await resultOfPlan(plan, signal, deps.engine);
  signal.throwIfAborted();
  if (execution.outputLocation !== undefined) putResult(execution.outputLocation, deps.forward);
  execution.result = result;
  execution.engineMs = performance.now() - running;
}

/** Reads object by object, each with the rights that the caller has at that moment. */
async function scan(objects: readonly StoredObject[], execution: Execution, deps: RunDeps): Promise<void> {
  const { stop, workGroup } = execution;
  const { forward, pace } = deps;
  const middle = Math.floor(objects.length / 2);
  const listed = new Set<string>();
  const midway = () => pace.pass("running", execution.id, stop.signal);
  if (objects.length === 0) await midway();
  for (const [index, { bucket, prefix, key, bytes }] of objects.entries()) {
    if (index === middle) await midway();
    await pace.read(1 / objects.length, stop.signal);
    if (!listed.has(prefix)) {
      listed.add(prefix);
      forward({
        service: "s3",
        operation: "ListObjects",
        resources: [`arn:aws:s3:::${bucket}`],
        context: { "s3:prefix": prefix },
        request: { bucketName: bucket, prefix },
      });
    }
    forward({
      service: "s3",
      operation: "GetObject",
      resources: [`arn:aws:s3:::${bucket}/${key}`],
      request: { bucketName: bucket, key },
    });
    execution.bytesScanned += bytes;
    if (workGroup.bytesScannedCutoff !== undefined && execution.bytesScanned > workGroup.bytesScannedCutoff) {
      end(execution, deps, "CANCELLED", "Bytes scanned limit was exceeded");
      return;
    }
  }
}

async function resultOfPlan(plan: QueryPlan, signal: AbortSignal, engine: Engine): Promise<QueryResult> {
  if (plan.kind === "select") {
    const { columns, rows } = await engine.run(plan.sql, plan.database, signal);
    return {
      columns: columns.map((column, index) => ({
        ...column,
        name: plan.columnNames?.[index] ?? column.name,
      })),
      rows,
    };
  }
  const { rows } = await engine.run(`EXPLAIN ${plan.sql}`, plan.database, signal);
  return plan.validate
    ? { columns: [{ name: "Valid", type: "boolean" }], rows: [["true"]] }
    : {
        columns: [{ name: "Query Plan", type: "varchar" }],
        rows: rows.flatMap(([, text = ""]) => text.split("\n").map((line) => [line])),
      };
}

function checkResultsBucket({ outputLocation }: Execution, forward: Forward): void {
  if (outputLocation === undefined) return;
  const { bucket } = s3Location(outputLocation);
  forward({
    service: "s3",
    operation: "GetBucketLocation",
    resources: [`arn:aws:s3:::${bucket}`],
    request: { bucketName: bucket },
  });
}

function putResult(outputLocation: string, forward: Forward): void {
  const { bucket, key } = s3Location(outputLocation);
  forward({
    service: "s3",
    operation: "PutObject",
    resources: [`arn:aws:s3:::${bucket}/${key}`],
    request: { bucketName: bucket, key },
  });
}

function fail(execution: Execution, deps: RunDeps, error: QueryError): void {
  execution.error = error;
  end(execution, deps, "FAILED", error.message);
}

function end(execution: Execution, { clock }: RunDeps, state: ExecutionState, reason?: string): void {
  execution.state = state;
  if (reason !== undefined) execution.reason = reason;
  execution.completedAt = clock.now();
}
