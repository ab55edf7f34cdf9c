import { readRequest } from "../../dynamodb/read-request.ts";
import { mayMatchRunbook } from "../../runbook/access-file.ts";
import type { AthenaScope } from "../../runbook/athena-plan.ts";
import type { AthenaSource } from "../../runbook/athena-source.ts";
import { dataPrefixes, type Pin } from "../../runbook/data-prefixes.ts";
import type { DataSource } from "../../runbook/data-sources.ts";
import { runbookGuardrails } from "../../runbook/guardrail-narrowing.ts";
import type { Catalogue } from "../../runbook/load-catalogue.ts";
import type { Target } from "../../runbook/plan.ts";
import { type RequestShape, requestShapes } from "../../runbook/request-shapes.ts";
import type { LoadedRunbook } from "../../runbook/runbook.ts";
import { type AthenaRight, athenaRights } from "../athena-rights.ts";
import { schemaOf } from "../compile-dynamodb-policy.ts";
import { dynamoDbArn } from "../dynamodb-arn.ts";

/** One thing that some run of one runbook can ask of IAM, apart from the values that people type. */
export type NeededRight = { runbook: string; target: Target } & (
  | { service: "dynamodb"; read: NeededRead }
  | { service: "athena"; right: AthenaRight }
);

/** One action on one table or index, with the attributes it names. */
type NeededRead = {
  action: string;
  table: string;
  index?: string;
  resource: string;
  /** Of a read. */
  select?: string;
  /** Of a write. */
  returnValues?: string;
  attributes: readonly string[];
};

/**
 * Runbooks that a policy of `access.yml` opens to somebody, by name. The others can't be asked for, so they need no
 * rights; a runbook that is deprecated but still opened does.
 */
export function publishedRunbooks({
  runbooks,
  access,
}: Pick<Catalogue, "runbooks" | "access">): LoadedRunbook[] {
  return [...runbooks.values()]
    .filter(({ metadata: { name } }) => access.policies.some((policy) => mayMatchRunbook(policy, name)))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/**
 * Everything that the published runbooks can ever need, over every form of their requests. Read from requests and
 * catalogue, as a session policy's proof is, and not from compiled policies.
 */
export function neededRights(
  catalogue: Pick<Catalogue, "runbooks" | "access" | "dataSources">,
): NeededRight[] {
  return publishedRunbooks(catalogue).flatMap((runbook) => {
    const dataSource = catalogue.dataSources.get(runbook.datasource);
    if (!dataSource) throw new TypeError("a loaded runbook has its data source");
    return requestShapes(runbook, "example", dataSource).flatMap((shape) =>
      rightsOfShape(shape, runbook, dataSource),
    );
  });
}

function rightsOfShape(shape: RequestShape, runbook: LoadedRunbook, dataSource: DataSource): NeededRight[] {
  const { target } = dataSource;
  const about = { runbook: runbook.metadata.name, target };
  if (dataSource.service === "athena") {
    const calls = shape.calls.filter((call) => call.action === "athena:StartQueryExecution");
    if (!shape.athena) return [];
    const scope = { ...shape.athena, data: widestData(shape.athena, runbook, dataSource) };
    return athenaRights({ calls, scope, target }).map((right) => ({ ...about, service: "athena", right }));
  }
  const schemas = { [dataSource.table]: dataSource.schema };
  return shape.calls.flatMap((call): NeededRight[] => {
    if (call.action === "athena:StartQueryExecution") return [];
    const { table, index, attributes, select, returnValues } = readRequest(call, schemaOf(call, schemas));
    const resource = dynamoDbArn(target, table, index);
    const read = {
      action: call.action,
      table,
      ...(index && { index }),
      resource,
      attributes,
      ...(select && { select }),
      ...(returnValues && { returnValues }),
    };
    return [{ ...about, service: "dynamodb", read }];
  });
}

/** All folders that queries of these tables can reach: partition values that the guardrails name are filled in, days are not. */
function widestData(scope: AthenaScope, runbook: LoadedRunbook, source: AthenaSource): AthenaScope["data"] {
  const guardrails = runbookGuardrails(runbook, source);
  return source.tables.flatMap(({ database, table, location }) => {
    const isRead = scope.glue.tables.some((one) => one.database === database && one.table === table);
    if (!isRead || !location) return [];
    const partitions = guardrails.tables.find((one) => one.database === database && one.table === table);
    const pins = Object.fromEntries(
      (partitions?.partitions ?? []).flatMap((one): [string, Pin][] =>
        one.kind === "value" && one.values ? [[one.column, { kind: "values", values: one.values }]] : [],
      ),
    );
    return dataPrefixes(location.prefix, pins).map((prefix) => ({ bucket: location.bucket, prefix }));
  });
}
