import type { PlannedQueries } from "./planned-calls.ts";
import { PolicyRefused } from "./policy-refused.ts";

/**
 * Whether queries and scope say the same, as far as a policy depends on it. Throws `PolicyRefused` ("scope") for
 * the first contradiction.
 */
export function checkAthenaScope({ calls, scope }: PlannedQueries): void {
  const databases = new Set(scope.glue.tables.map(({ database }) => database));
  for (const { request } of calls) {
    const { Catalog, Database } = request.QueryExecutionContext;
    if (request.WorkGroup !== scope.workgroup.name) {
      throw refusal(`The query names workgroup ${quoted(request.WorkGroup)}, its plan another one.`);
    }
    // Other catalogues are Lambda functions or other services, with permissions that we don't write.
    if (Catalog !== "AwsDataCatalog") throw refusal(`Catalog ${quoted(Catalog)} is not AwsDataCatalog.`);
    if (!databases.has(Database)) throw refusal(`No table of database ${quoted(Database)} is read.`);
  }
  if (scope.data.length === 0 && !scope.lakeFormation) {
    throw refusal("The plan does not say where the data of its tables lies.");
  }
  const { results } = scope.workgroup;
  if (results.kind === "bucket" && scope.data.some((data) => overlap(data, results))) {
    throw refusal(
      "Results would be written among the data: give the workgroup a results folder apart from it.",
    );
  }
}

type Folder = { bucket: string; prefix: string };

function overlap(a: Folder, b: Folder): boolean {
  return a.bucket === b.bucket && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix));
}

function refusal(message: string): PolicyRefused {
  return new PolicyRefused("scope", message);
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
