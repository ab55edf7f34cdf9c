import { canonicalText } from "./canonical-text.ts";
import { refuseCostlyText } from "./costly-text.ts";
import { positionalText } from "./parameters.ts";
import type { PositionalText } from "./parameters.ts";
import { readStatement } from "./read-query.ts";
import { atStart, SqlRefused } from "./refusal.ts";
import type { Place } from "./refusal.ts";
import type {
  AnalyzeOptions,
  AnalyzeResult,
  OutputColumn,
  ParameterHole,
  ParameterUse,
  SqlAnalysis,
} from "./sql-analysis.ts";
import type { Expression, Query, Select } from "./syntax.ts";
import { tokenize } from "./tokens.ts";
import { walkQuery } from "./walk-query.ts";
import { startWalk } from "./walk.ts";
import type { Columns, Walk } from "./walk.ts";

/**
 * Says everything that a text would read if it ran: tables, columns, stars, functions, parameters, its LIMIT and the
 * conditions on partitions. Whatever is not understood is refused, so nothing in the text goes unseen.
 */
export function analyze(text: string, options: AnalyzeOptions): AnalyzeResult {
  try {
    return { status: "analyzed", analysis: analyzeText(text, options) };
  } catch (error) {
    // Fail closed: the parser is a stranger's and the text may be hostile, so a crash says no like any other refusal.
    if (error instanceof SqlRefused) return { status: "refused", refusals: [error.refusal] };
    const message = "the text can't be analysed: write it more simply";
    const code = error instanceof RangeError ? "too-deep" : "not-supported";
    return { status: "refused", refusals: [{ code, message, ...atStart }] };
  }
}

function analyzeText(text: string, options: AnalyzeOptions): SqlAnalysis {
  const { text: positional, holes } = positionalOf(text, options);
  const stream = tokenize(positional);
  refuseCostlyText(stream, options.parameters === "none" ? "stranger" : "reviewed");
  const query = readStatement(stream);
  const walk = startWalk(options);
  markOutputs(walk, query);
  const { defaultDatabase } = options;
  const columns = walkQuery(walk, query, {
    ctes: new Map(),
    lambdas: new Set(),
    clause: "select",
    views: [],
    defaultDatabase,
  });
  const { tables, columns: reads, stars, functions, fromNothing, cost } = walk;
  const outputs = outputColumns(walk, query, columns);
  return {
    canonical: canonicalText(stream),
    tables,
    columns: reads,
    stars,
    functions,
    parameters: nameParameters(walk, holes),
    fromNothing,
    cost,
    ordered: query.orderBy.length > 0,
    ...(query.limit && { limit: query.limit }),
    ...(outputs && { outputs }),
  };
}

function positionalOf(text: string, { parameters }: AnalyzeOptions): PositionalText {
  if (parameters === "none") return { text, holes: [] };
  if (parameters === "named") return positionalText(text, {});
  return "listSizes" in parameters ? positionalText(text, parameters.listSizes) : { text, holes: parameters };
}

function nameParameters(walk: Walk, holes: readonly ParameterHole[]): ParameterUse[] {
  const uses = walk.parameters.toSorted((a, b) => a.index - b.index);
  const named = uses.map(({ place, index, clause, inPattern }) => {
    const hole = holes[index];
    if (!hole) throw new SqlRefused("parameter", "? has no value here: write the value", place);
    if (clause !== "where")
      throw new SqlRefused(
        "parameter",
        `:${hole.name} stands outside WHERE: Athena fills parameters there only`,
        place,
      );
    return { place, index, ...hole, inPattern };
  });
  if (named.length === holes.length) return named;
  throw new SqlRefused("parameter", `the text has ${uses.length} parameters, not ${holes.length}`, atStart);
}

/** A column that the outermost SELECT shows as it is; not one that it groups by or that goes through a UNION. */
function markOutputs(walk: Walk, query: Query): void {
  if (query.body.kind !== "select" || query.body.grouped) return;
  for (const item of query.body.items)
    if (item.kind === "expression" && item.expression.kind === "name")
      walk.roles.set(item.expression, "output");
}

function outputColumns(walk: Walk, query: Query, columns: Columns): OutputColumn[] | undefined {
  if (columns === "unknown") return undefined;
  const items = query.body.kind === "select" ? expressionsOf(query.body) : undefined;
  return columns.map((name, index) => {
    // Brackets round a column are not part of it: its own place, not the item's, is where it was read.
    const place = items?.[index]?.place ?? query.place;
    const read = walk.columns.find((one) => one.role === "output" && samePlace(one.place, place));
    const [source, ...others] = (items && read?.owners) ?? [];
    const sorted = query.orderBy.some((key) => isOrdinalOrName(key, index, name));
    return { place, name, sorted, ...(source && others.length === 0 && { source }) };
  });
}

/** The values of a SELECT without `*`, whose positions are those of the result's columns. */
function expressionsOf({ items }: Select): readonly Expression[] | undefined {
  const expressions = items.flatMap((item) => (item.kind === "expression" ? [item.expression] : []));
  return expressions.length === items.length ? expressions : undefined;
}

function isOrdinalOrName(key: Expression, index: number, name: string): boolean {
  // Whatever else Trino may read as a position (`0_2`, `0x2`, `2.`) is taken for each of them.
  if (key.kind === "number") return !/^\d{1,9}$/.test(key.text) || Number(key.text) === index + 1;
  return key.kind === "name" && key.path.length === 1 && key.path[0] === name;
}

function samePlace(a: Place, b: Place): boolean {
  return a.line === b.line && a.column === b.column;
}
