import { analyze } from "../sql/analyze.ts";
import type { ConstantPredicate } from "../sql/scopes.ts";
import type { AthenaCall, AthenaScope } from "./athena-plan.ts";
import { digest } from "./digest.ts";
import { type Direction, directionOf, movedText } from "./narrower-text.ts";

/**
 * Whether an Athena query reads no row of a table that the other would not: the same text, but for values of bounds that
 * every row of a table has to meet and that lie further inside. What can't be read counts as no.
 */
export function isNarrowerQuery(wider: AthenaCall, narrower: AthenaCall, scope: AthenaScope): boolean {
  if (digest(wider) === digest(narrower)) return true;
  const { ExecutionParameters: from = [], ...rest } = wider.request;
  const { ExecutionParameters: to = [], ...other } = narrower.request;
  if (digest(rest) !== digest(other) || from.length !== to.length) return false;
  // A query of a requester's own has no values, so none of theirs is parsed here.
  if (from.length === 0) return true;
  const predicates = predicatesOf(wider, scope);
  return from.every((literal, index) => {
    const [one, two] = [literal, to[index] ?? ""];
    if (one === two) return true;
    const directions = predicates.flatMap((predicate) => directionsOf(predicate, index));
    const [first, second] = [textOf(one), textOf(two)];
    if (directions.length === 0 || first === undefined || second === undefined) return false;
    return directions.every((direction) => movedText(first, second, direction));
  });
}

/** Whether all that it may touch is among what the other may. */
export function isInside(wider: AthenaScope, narrower: AthenaScope): boolean {
  const { data, bounds: _, kmsKeys, maxBytesScanned, ...rest } = narrower;
  const { data: within, bounds: __, kmsKeys: keys, maxBytesScanned: most, ...other } = wider;
  return (
    digest(rest) === digest(other) &&
    maxBytesScanned <= most &&
    kmsKeys.every((key) => keys.includes(key)) &&
    data.every(({ bucket, prefix }) =>
      within.some((one) => one.bucket === bucket && isBelow(prefix, one.prefix)),
    )
  );
}

function isBelow(prefix: string, other: string): boolean {
  return prefix === other || (other === "" ? true : other.endsWith("/") && prefix.startsWith(other));
}

/** Conditions that hold for every row of a table, by the columns that the plan says are read. */
function predicatesOf({ request }: AthenaCall, { reads }: AthenaScope): ConstantPredicate[] {
  const { QueryExecutionContext: context, ExecutionParameters = [], QueryString } = request;
  const result = analyze(QueryString, {
    defaultCatalog: context.Catalog.toLowerCase(),
    defaultDatabase: context.Database.toLowerCase(),
    parameters: ExecutionParameters.map((_, index) => ({ name: `p${index}`, item: 0 })),
    declared: ({ database, table }) => {
      const read = reads.find((one) => one.table === `${database}.${table}`);
      return read && { columns: read.columns.map(({ name }) => name) };
    },
  });
  return result.status === "refused" ? [] : result.analysis.tables.flatMap(({ predicates }) => predicates);
}

function directionsOf({ operator, values }: ConstantPredicate, index: number): Direction[] {
  return values.flatMap((value, position) =>
    value.kind === "parameter" && value.index === index ? [directionOf(operator, position)] : [],
  );
}

/** The text of a literal without quotes in it. */
function textOf(literal: string): string | undefined {
  return /^'([^']*)'$/.exec(literal)?.[1];
}
