import { guardrailOf } from "./guardrails.ts";
import type { ColumnGuardrail, Guardrails } from "./guardrails.ts";
import { refusal } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { TableName, TableUse } from "./scopes.ts";
import type { ColumnRead, SqlAnalysis } from "./sql-analysis.ts";

/** Columns that are not declared, denied, or masked and used for more than being shown. */
export function columnRefusals(analysis: SqlAnalysis, guardrails: Guardrails): Refusal[] {
  return analysis.columns.flatMap((read) => [
    ...undeclared(read, guardrails),
    ...notFree(read, analysis, guardrails),
  ]);
}

/** `*` reads every column, also those that nobody has declared yet. */
export function starRefusals(analysis: SqlAnalysis, guardrails: Guardrails): Refusal[] {
  return analysis.stars.flatMap(({ table, text, place }) => {
    const guardrail = guardrailOf(guardrails, table.name);
    if (!guardrail) return [];
    const closed = Object.keys(guardrail.columns).filter((name) => guardrail.columns[name]?.use !== "free");
    if (guardrail.stars === "allowed" && closed.length === 0) return [];
    const why = closed.length > 0 ? `, also ${closed.slice(0, 3).join(", ")}` : "";
    const message = `${text} reads every column of ${labelOf(table.name)}${why}: name the columns you need`;
    return [refusal("star", message, place)];
  });
}

function undeclared(read: ColumnRead, guardrails: Guardrails): Refusal[] {
  const { place, owners, missing } = read;
  const text = read.text.length > 60 ? `${read.text.slice(0, 60)}…` : read.text;
  const refused = (message: string) => [refusal("column", message, place)];
  const unknown = owners.filter(({ table, column }) => isUndeclared(table, column, guardrails));
  const [first] = unknown;
  if (first)
    return refused(
      `${labelOf(first.table.name)} has no declared column ${first.column}: ${knownColumns(first.table, guardrails)}`,
    );
  const [silent] = missing;
  // The table itself is refused when it has no guardrail; its columns need no words.
  if (silent && owners.length === 0)
    return refused(`no column ${text} is declared here: ${knownColumns(silent, guardrails)}`);
  if (silent)
    return refused(
      `${text} may be a column of ${labelOf(silent.name)}: write its table before it, like t.${text}`,
    );
  return owners.length === 0
    ? refused(`there is no column ${text} here: use a column of a table in FROM`)
    : [];
}

function isUndeclared(table: TableUse, column: string, guardrails: Guardrails): boolean {
  const guardrail = guardrailOf(guardrails, table.name);
  return guardrail !== undefined && !Object.hasOwn(guardrail.columns, column);
}

function notFree(read: ColumnRead, analysis: SqlAnalysis, guardrails: Guardrails): Refusal[] {
  return read.owners.flatMap(({ table, column }) => {
    const guardrail = guardrailOf(guardrails, table.name)?.columns;
    const rule = guardrail && Object.hasOwn(guardrail, column) ? guardrail[column] : undefined;
    const label = `${labelOf(table.name)}.${column}`;
    const doubt = read.owners.length > 1 ? `${read.text} may be ${label}, which` : label;
    const { place } = read;
    if (rule?.use === "denied") {
      const message = `${doubt} (${rule.classification}) may not be read: leave it out`;
      return [refusal("column", message, place)];
    }
    if (rule?.use !== "masked" || isHidden(read, analysis, rule)) return [];
    const filter = rule.filterable ? " or be compared by = or IN with values" : "";
    const message = `${doubt} (${rule.classification}) is shown masked: it may stand alone in the outermost SELECT${filter}, but not be computed with, grouped, joined or sorted by: leave it out here`;
    return [refusal("masked-column", message, place)];
  });
}

/**
 * Nothing of a masked column's value is seen, nor inferred beyond the value that was asked for. A shown one must be known
 * by its position in the result, for that is what the executor masks; beside a `*` it is not.
 */
function isHidden(read: ColumnRead, { outputs }: SqlAnalysis, rule: ColumnGuardrail): boolean {
  if (read.owners.length > 1) return false;
  if (read.role === "equality") return rule.filterable === true;
  if (read.role !== "output") return false;
  const shown = outputs?.find(
    ({ place }) => place.line === read.place.line && place.column === read.place.column,
  );
  return shown?.source !== undefined && !shown.sorted;
}

function knownColumns(table: TableUse, guardrails: Guardrails): string {
  const columns = Object.entries(guardrailOf(guardrails, table.name)?.columns ?? {});
  const usable = columns.filter(([, { use }]) => use !== "denied").map(([name]) => name);
  const more = usable.length > 12 ? ", …" : "";
  return `use one of ${usable.slice(0, 12).join(", ") || "none"}${more}`;
}

function labelOf({ database, table }: TableName): string {
  return `${database}.${table}`;
}
