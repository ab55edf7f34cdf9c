import { guardrailOf } from "../sql/guardrails.ts";
import type { Refusal } from "../sql/refusal.ts";
import type { SqlAnalysis } from "../sql/sql-analysis.ts";
import type { AthenaSource } from "./athena-source.ts";
import { queryParameter } from "./athena-step.ts";
import type { AthenaStep } from "./athena-step.ts";
import { bindAthena } from "./bind-athena.ts";
import type { AthenaBinding } from "./bind-athena.ts";
import type { DataSource } from "./data-sources.ts";
import { derive } from "./derive.ts";
import type { InputValue } from "./inputs.ts";
import { ownQuery } from "./own-query.ts";
import type { CheckSql, OwnQuery } from "./own-query.ts";
import { parseInputs } from "./parse-inputs.ts";
import type { ParsedInputs } from "./parse-inputs.ts";
import { parseSqlText } from "./parse-sql-text.ts";
import type { Runbook } from "./runbook.ts";
import { parametersBehind } from "./value-refs.ts";

/** `query`: what the requester's own query reads, for `buildPlan`. */
export type CheckedInputs =
  | (ParsedInputs & { status: "invalid" })
  | (ParsedInputs & { status: "valid" } & { query?: SqlAnalysis });

type Asked = {
  runbook: Runbook;
  /** The runbook's own data source. */
  dataSource: DataSource;
  /** As for `parseInputs`. */
  raw: Readonly<Record<string, unknown>>;
  /** The time of the request, which `now` and `current_date` stand for. */
  now: Date;
};

/**
 * Everything that is checked of what a requester gave: each value (`parseInputs`), a query of their own, and whether
 * the guardrails admit the whole with these values, like the length of a time range. Errors stand at the field that can
 * cure them. An own query comes back as its canonical text, the one that is approved and run.
 */
export async function checkInputs(
  { runbook, dataSource, raw, now }: Asked,
  checkSql: CheckSql,
): Promise<CheckedInputs> {
  const parsed = parseInputs(runbook, raw);
  const [step] = runbook.steps;
  if (parsed.status === "invalid" || step?.action !== "athena:StartQueryExecution") return parsed;
  if (dataSource.service !== "athena") throw new TypeError("an Athena step needs an Athena data source");
  if (queryParameter(step) === undefined)
    return checkValues({ runbook, step, source: dataSource }, parsed.inputs, now);
  const own = ownQuery(runbook, dataSource, parsed.inputs);
  return own ? checkText(own, parsed.inputs, now, checkSql) : parsed;
}

/**
 * The inputs of an approved request with another text for the query in them, checked as `checkInputs` would; nothing
 * for a runbook whose query is fixed.
 */
export async function checkAnotherText(
  { runbook, dataSource, now }: Omit<Asked, "raw">,
  inputs: Readonly<Record<string, InputValue>>,
  text: string,
  checkSql: CheckSql,
): Promise<CheckedInputs | undefined> {
  const own = ownQuery(runbook, dataSource, inputs);
  const parameter = own && runbook.parameters.properties[own.parameter];
  if (!own || parameter?.type !== "sql") return undefined;
  const parsed = parseSqlText(parameter, text);
  if (parsed.status === "invalid") return invalid(own.parameter, parsed.message);
  return checkText({ ...own, text: parsed.value }, inputs, now, checkSql);
}

async function checkText(
  { parameter, text, guardrails }: OwnQuery,
  inputs: Readonly<Record<string, InputValue>>,
  now: Date,
  checkSql: CheckSql,
): Promise<CheckedInputs> {
  const result = await checkSql(text, guardrails, now);
  if (result.status === "refused") return invalid(parameter, refusalText(result.refusals));
  const { canonical, analysis } = result;
  return { status: "valid", inputs: { ...inputs, [parameter]: canonical }, query: analysis };
}

type Context = { runbook: Runbook; step: AthenaStep; source: AthenaSource };

function checkValues(context: Context, inputs: Record<string, InputValue>, now: Date): ParsedInputs {
  const derived = derive(context.runbook.derived, inputs, now);
  const binding = bindAthena(context, { inputs, derived }, now);
  if (binding.status === "bound") return { status: "valid", inputs };
  // The form asks for a start and an end; of the partition behind them its reader knows nothing.
  const reversed = binding.refusals.every(({ code }) => code === "empty-range");
  const message = reversed
    ? "The time ends before it begins: choose a later end."
    : binding.refusals.map((one) => sentence(one.message)).join(" ");
  return invalid(fieldBehind(context, binding), message);
}

/**
 * The last field of the form whose value is behind what was refused: the value itself, or a bound of a partition. It is
 * the one that a person fills last, like the end of a time range.
 */
function fieldBehind(
  { runbook, source }: Context,
  binding: Pick<AthenaBinding, "analysis"> & { parameter?: string },
): string {
  const holes =
    binding.parameter === undefined ? boundingHoles(source, binding.analysis) : [binding.parameter];
  const behind = holes.flatMap((name) =>
    Object.hasOwn(runbook.derived ?? {}, name) ? parametersBehind({ $derived: name }, runbook) : [name],
  );
  const fields = Object.keys(runbook.parameters.properties);
  return fields.filter((name) => behind.includes(name)).at(-1) ?? fields.at(-1) ?? "";
}

/** The `:name` that hold a table to parts of its partitions. */
function boundingHoles(source: AthenaSource, analysis: SqlAnalysis | undefined): string[] {
  return (analysis?.tables ?? []).flatMap(({ name, predicates }) => {
    const partitions = guardrailOf(source.guardrails, name)?.partitions.map(({ column }) => column) ?? [];
    return predicates
      .filter(({ column }) => partitions.includes(column))
      .flatMap(({ values }) => values)
      .flatMap((value) =>
        value.kind === "parameter" ? (analysis?.parameters[value.index]?.name ?? []) : [],
      );
  });
}

const shownRefusals = 3;

/** `Line 1, column 8: …`, at most three of them: the field has room for no more. */
function refusalText(refusals: readonly Refusal[]): string {
  const lines = refusals
    .slice(0, shownRefusals)
    .map(({ line, column, message }) => `Line ${line}, column ${column}: ${message}.`);
  const more = refusals.length - shownRefusals;
  return [...lines, ...(more > 0 ? [`And ${more} more.`] : [])].join("\n");
}

function sentence(message: string): string {
  return `${message.slice(0, 1).toUpperCase()}${message.slice(1)}.`;
}

function invalid(parameter: string, message: string): ParsedInputs & { status: "invalid" } {
  return { status: "invalid", errors: [{ parameter, message }] };
}
