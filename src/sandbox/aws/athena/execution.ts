import type { ServiceCall } from "../service.ts";
import type { QueryError } from "./query-error.ts";
import type { QueryResult } from "./query-result.ts";
import { statementKind, statementType } from "./statement-kind.ts";
import { engineVersion, type WorkGroup } from "./workgroups.ts";

export type ExecutionState = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";

/** One query from its start to long after its end. */
export type Execution = {
  id: string;
  sql: string;
  parameters: readonly string[];
  database: string;
  catalog: string;
  workGroup: WorkGroup;
  /** Where an own-bucket result lies: `s3://bucket/prefix/<id>.csv`. */
  outputLocation?: string;
  /** The request that started it: whose rights Glue and S3 are asked about. */
  origin: ServiceCall;
  submittedAt: Date;
  state: ExecutionState;
  reason?: string;
  error?: QueryError;
  completedAt?: Date;
  bytesScanned: number;
  queueMs: number;
  planningMs: number;
  engineMs: number;
  reused: boolean;
  result?: QueryResult;
  /** Stops it wherever it is. */
  stop: AbortController;
};

export function isOver({ state }: Execution): boolean {
  return state === "SUCCEEDED" || state === "FAILED" || state === "CANCELLED";
}

/** `QueryExecution` as the Athena API has it. */
export function describeExecution(execution: Execution) {
  const { state, reason, error, completedAt, workGroup, outputLocation } = execution;
  return {
    QueryExecutionId: execution.id,
    Query: execution.sql,
    StatementType: statementType(statementKind(execution.sql)),
    ...(workGroup.managedResults && { ManagedQueryResultsConfiguration: { Enabled: true } }),
    ResultConfiguration: outputLocation === undefined ? {} : { OutputLocation: outputLocation },
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: execution.reused } },
    QueryExecutionContext: { Database: execution.database, Catalog: execution.catalog },
    Status: {
      State: state,
      ...(reason !== undefined && { StateChangeReason: reason }),
      SubmissionDateTime: execution.submittedAt.getTime() / 1000,
      ...(completedAt && { CompletionDateTime: completedAt.getTime() / 1000 }),
      ...(error && {
        AthenaError: {
          ErrorCategory: error.category,
          ErrorType: error.type,
          Retryable: error.retryable,
          ErrorMessage: error.message,
        },
      }),
    },
    Statistics: statistics(execution),
    WorkGroup: workGroup.name,
    EngineVersion: engineVersion,
    ...(execution.parameters.length > 0 && { ExecutionParameters: execution.parameters }),
    SubstatementType: statementKind(execution.sql).kind === "select" ? "SELECT" : "UNKNOWN",
  };
}

function statistics({ queueMs, planningMs, engineMs, bytesScanned, reused }: Execution) {
  return {
    EngineExecutionTimeInMillis: Math.round(engineMs),
    DataScannedInBytes: bytesScanned,
    TotalExecutionTimeInMillis: Math.round(queueMs + planningMs + engineMs),
    QueryQueueTimeInMillis: Math.round(queueMs),
    ServicePreProcessingTimeInMillis: 0,
    QueryPlanningTimeInMillis: Math.round(planningMs),
    ServiceProcessingTimeInMillis: 0,
    ResultReuseInformation: { ReusedPreviousResult: reused },
  };
}
