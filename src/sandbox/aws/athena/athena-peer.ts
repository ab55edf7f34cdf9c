import { authorize } from "../authorize.ts";
import { AwsError } from "../aws-error.ts";
import type { CallLog, CallRecord } from "../call-log.ts";
import type { SandboxClock } from "../clock.ts";
import { globalContext } from "../global-context.ts";
import type { Identities } from "../identities.ts";
import type { Service, ServiceCall } from "../service.ts";
import {
  type AthenaOperation,
  type AthenaRequest,
  isAthenaOperation,
  readAthenaRequest,
} from "./athena-requests.ts";
import { athenaWire } from "./athena-wire.ts";
import { createDelivery } from "./cloudtrail-delivery.ts";
import { createEngine } from "./engine.ts";
import { describeExecution, isOver, type Execution, type ExecutionState } from "./execution.ts";
import { forwardedAccess } from "./forwarded-access.ts";
import { createPace, type Pace } from "./pace.ts";
import { QueryError } from "./query-error.ts";
import { resultsPage } from "./results-page.ts";
import { runExecution } from "./run-execution.ts";
import { s3Location } from "./s3-location.ts";
import { type Executions, takeExecution } from "./start-execution.ts";
import type { AthenaTable } from "./table.ts";
import { exhausted, invalidRequest } from "./wording.ts";
import { describeWorkGroup, type WorkGroup, workGroupsWith } from "./workgroups.ts";

export type AthenaOptions = {
  /** More workgroups; one with a default's name takes its place. */
  workGroups?: readonly WorkGroup[];
  /** Tables with their rows as of `now`, made at the first query; the seeded ones unless told otherwise. */
  tables?: (now: Date) => readonly AthenaTable[];
  /** Queued and running queries of the account together; 20 unless told otherwise. */
  maxActiveQueries?: number;
  /** How long a call takes until it stands in `audit.cloudtrail_logs`; 5 minutes unless told otherwise. */
  deliveryDelayMs?: number;
};

/** What stories can do to the local Athena beyond its API. */
export type AthenaControl = {
  pace: Pace;
  /** The next query that comes to read its rows FAILS so instead: for lack of resources, or by a fault of AWS that may be retried. */
  failNext: (failure: "exhausted" | "internal") => void;
  /** Takes back the failures that no query has met yet. */
  failNoMore: () => void;
  /** Every query so far, oldest first. */
  queries: () => SeenQuery[];
  /** Ends a query, or all that are under way, as if somebody else had stopped it; no call is recorded. Answers the ids. */
  cancel: (queryExecutionId?: string) => string[];
  /** Puts every call so far into `audit.cloudtrail_logs`, as CloudTrail does minutes later. Resolves with how many. */
  deliverNow: () => Promise<number>;
};

type SeenQuery = {
  queryExecutionId: string;
  state: ExecutionState;
  reason?: string;
  workGroup: string;
  /** ARN of who started it. */
  by: string;
  bytesScanned: number;
  sql: string;
};

export type AthenaPeer = AsyncDisposable & { service: Service; control: AthenaControl };

/** Amazon Athena over DuckDB. Nothing is loaded until the first query. */
export function createAthena(
  options: AthenaOptions,
  deps: {
    place: { account: string; region: string };
    tables: (now: Date) => readonly AthenaTable[];
    identities: Identities;
    clock: SandboxClock;
    calls: CallLog & { append: (call: Omit<CallRecord, "id">) => void };
  },
): AthenaPeer {
  const { place, clock, calls } = deps;
  const { maxActiveQueries = 20, deliveryDelayMs = 5 * 60_000 } = options;
  const workGroups = new Map(workGroupsWith(options.workGroups).map((group) => [group.name, group]));
  const createdAt = clock.now();
  const tables = once(() => (options.tables ?? deps.tables)(clock.now()));
  const engine = createEngine(tables);
  const executions: Executions = { byId: new Map(), byToken: new Map() };
  const running = new Set<Promise<void>>();
  const pace = createPace();
  const failures: QueryError[] = [];
  const delivery = createDelivery({ engine, tables, place, identities: deps.identities });
  calls.onCall(delivery.take);
  const glueArn = (path: string) => `arn:aws:glue:${place.region}:${place.account}:${path}`;

  const operations: {
    [Name in AthenaOperation]: (request: AthenaRequest<Name>, call: ServiceCall) => unknown;
  } = {
    StartQueryExecution: async (request, call) => {
      const workGroup = permitted(call, request.WorkGroup ?? "primary");
      const { execution, isNew } = await takeExecution(request, workGroup, call, {
        executions,
        engine,
        maxActive: maxActiveQueries,
      });
      if (isNew && !isOver(execution)) start(execution);
      return { QueryExecutionId: execution.id };
    },
    GetQueryExecution: ({ QueryExecutionId }, call) => ({
      QueryExecution: describeExecution(found(QueryExecutionId, call)),
    }),
    BatchGetQueryExecution: ({ QueryExecutionIds }, call) => ({
      QueryExecutions: QueryExecutionIds.map((id) => describeExecution(found(id, call))),
      UnprocessedQueryExecutionIds: [],
    }),
    StopQueryExecution: ({ QueryExecutionId }, call) => {
      const execution = found(QueryExecutionId, call);
      if (!isOver(execution)) execution.stop.abort(new Error("stopped"));
      return {};
    },
    GetQueryResults: (request, call) => {
      const execution = found(request.QueryExecutionId, call);
      readResult(execution, call);
      return resultsPage(execution, request, clock.now());
    },
    GetWorkGroup: ({ WorkGroup }, call) => ({
      WorkGroup: describeWorkGroup(permitted(call, WorkGroup), createdAt),
    }),
  };

  /** IAM is asked first: who may not use a workgroup doesn't learn whether it is there. */
  function permitted(call: ServiceCall, name: string): WorkGroup {
    authorize(
      call,
      {
        action: `athena:${call.operation}`,
        resource: `arn:aws:athena:${call.region}:${place.account}:workgroup/${name}`,
        context: globalContext(call),
      },
      "AccessDeniedException",
    );
    const group = call.region === place.region ? workGroups.get(name) : undefined;
    if (!group) throw invalidRequest(`WorkGroup ${name} is not found.`, "WORKGROUP_NOT_FOUND");
    if (group.enabled === false && call.operation === "StartQueryExecution") {
      throw invalidRequest(`WorkGroup ${name} is disabled.`, "WORKGROUP_DISABLED");
    }
    return group;
  }

  function found(id: string, call: ServiceCall): Execution {
    const execution = executions.byId.get(id);
    if (execution) permitted(call, execution.workGroup.name);
    if (!execution) throw invalidRequest(`QueryExecution ${id} was not found`);
    return execution;
  }

  function start(execution: Execution): void {
    const done = runExecution(execution, {
      engine,
      tables,
      pace,
      clock,
      glueArn,
      forward: forwardedAccess(execution.origin, { clock, record: calls.append }),
      takeFailure: () => failures.shift(),
      deliver: () => delivery.deliver(new Date(clock.now().getTime() - deliveryDelayMs)),
    });
    running.add(done);
    void done.finally(() => running.delete(done));
  }

  /** Own-bucket results are read from S3 with the rights of whoever asks for them. */
  function readResult({ outputLocation }: Execution, call: ServiceCall): void {
    if (outputLocation === undefined) return;
    const { bucket, key } = s3Location(outputLocation);
    try {
      forwardedAccess(call, { clock, record: calls.append })({
        service: "s3",
        operation: "GetObject",
        resources: [`arn:aws:s3:::${bucket}/${key}`],
        request: { bucketName: bucket, key },
      });
    } catch (error) {
      throw error instanceof QueryError ? new AwsError("AccessDeniedException", error.message) : error;
    }
  }

  return {
    service: {
      ...athenaWire,
      perform: async (call) => {
        if (!isAthenaOperation(call.operation)) {
          throw new AwsError(
            "UnknownOperationException",
            `The sandbox's Athena doesn't run ${call.operation}.`,
          );
        }
        return perform(operations, call.operation, call);
      },
    },
    control: {
      pace,
      failNext: (failure) => {
        failures.push(failure === "exhausted" ? exhausted() : internalFault());
      },
      failNoMore: () => {
        failures.length = 0;
      },
      queries: () => [...executions.byId.values()].map(seenQuery),
      cancel: (queryExecutionId) => {
        const wanted = [...executions.byId.values()].filter(
          (one) => !isOver(one) && (queryExecutionId ?? one.id) === one.id,
        );
        for (const { stop } of wanted) stop.abort(new Error("cancelled elsewhere"));
        return wanted.map(({ id }) => id);
      },
      deliverNow: () => delivery.deliver(),
    },
    [Symbol.asyncDispose]: async () => {
      for (const execution of executions.byId.values()) execution.stop.abort(new Error("closing"));
      await Promise.allSettled(running);
      await engine[Symbol.asyncDispose]();
    },
  };
}

async function perform<Name extends AthenaOperation>(
  operations: { [Each in Name]: (request: AthenaRequest<Each>, call: ServiceCall) => unknown },
  operation: Name,
  call: ServiceCall,
): Promise<unknown> {
  return operations[operation](readAthenaRequest(operation, call.parameters), call);
}

function seenQuery(execution: Execution): SeenQuery {
  const { id, state, reason, workGroup, origin, bytesScanned, sql } = execution;
  return {
    queryExecutionId: id,
    state,
    ...(reason !== undefined && { reason }),
    workGroup: workGroup.name,
    by: origin.caller.arn,
    bytesScanned,
    sql,
  };
}

function internalFault(): QueryError {
  return new QueryError("GENERIC_INTERNAL_ERROR: An internal error occurred", {
    category: 1,
    type: 233,
    retryable: true,
  });
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
