import { analyzeWithin } from "../sql/check-sql.ts";
import { checkGuardrails } from "../sql/check-guardrails.ts";
import type { GuardrailResult, ParameterValues } from "../sql/check-guardrails.ts";
import { encodeLiteral, LiteralError } from "../sql/literal-encoder.ts";
import { refusal, atStart, SqlRefused } from "../sql/refusal.ts";
import type { Refusal } from "../sql/refusal.ts";
import type { Guardrails } from "../sql/guardrails.ts";
import type { AnalyzeResult, SqlAnalysis } from "../sql/sql-analysis.ts";
import type { AthenaCall, AthenaScope } from "./athena-plan.ts";
import { athenaScope } from "./athena-scope.ts";
import type { AthenaSource } from "./athena-source.ts";
import { queryParameter, queryText } from "./athena-step.ts";
import type { AthenaStep } from "./athena-step.ts";
import type { Values } from "./bind-step.ts";
import { runbookGuardrails } from "./guardrail-narrowing.ts";
import type { Runbook } from "./runbook.ts";
import { joinClauses } from "./sql-clauses.ts";
import { listSizes, sqlValues, valueOfHole } from "./sql-values.ts";

export type AthenaBinding =
  | {
      status: "bound";
      call: AthenaCall;
      scope: AthenaScope;
      analysis: SqlAnalysis;
      result: GuardrailResult & { status: "ok" };
    }
  | {
      status: "refused";
      refusals: readonly Refusal[];
      /** Of a text that could be read. */
      analysis?: SqlAnalysis;
      /** The parameter whose value has no SQL literal. */
      parameter?: string;
    };

type AthenaStepToBind = {
  runbook: Pick<Runbook, "parameters" | "derived" | "guardrails" | "limits">;
  step: AthenaStep;
  source: AthenaSource;
  own?: SqlAnalysis | undefined;
};

/**
 * The Athena call of a step: the canonical text with its clauses, a literal for each `?`, and everything that it may
 * touch. Refused when the guardrails don't admit it with these values. A query of the requester's own is never parsed
 * here, where everybody waits: `own` is what its canonical text was found to read, as `CheckSql` says.
 *
 * @param now what `current_date` in a partition's bound is taken for.
 * @param bounds `later` takes bounds by parameters as given, for checking a runbook before its form is filled.
 */
export function bindAthena(
  { runbook, step, source, own }: AthenaStepToBind,
  values: Values,
  now: Date,
  bounds: "by-value" | "later" = "by-value",
): AthenaBinding {
  const guardrails = runbookGuardrails(runbook, source);
  const typed = sqlValues(runbook, values);
  const read =
    queryParameter(step) === undefined
      ? readRunbookText(step, values, guardrails, typed)
      : readOwnText(step, values, own);
  if (read.status === "refused") return read;
  const { analysis } = read;
  const result = checkGuardrails(analysis, guardrails, now, bounds === "later" ? "later" : typed);
  if (result.status === "refused") return { ...result, analysis };
  const literals = encoded(analysis, typed);
  if (literals.status === "refused") return { ...literals, analysis };
  return {
    status: "bound",
    call: athenaCall(source, result.canonical, literals.texts),
    scope: athenaScope(source, { analysis, result, values: typed, now, bounds }),
    analysis,
    result,
  };
}

/** What the runbook says, with the clauses whose parameters are given. */
function readRunbookText(
  step: AthenaStep,
  { inputs }: Values,
  guardrails: Guardrails,
  typed: ParameterValues,
): AnalyzeResult {
  const given = (step.optional ?? []).filter(({ when }) => Object.hasOwn(inputs, when));
  const clauses = given.map(({ and }) => and);
  try {
    const text = joinClauses(queryText(step) ?? "", clauses);
    return analyzeWithin(text, guardrails, { listSizes: listSizes(typed) });
  } catch (error) {
    if (error instanceof SqlRefused) return { status: "refused", refusals: [error.refusal] };
    throw error;
  }
}

function readOwnText(step: AthenaStep, { inputs }: Values, own: SqlAnalysis | undefined): AnalyzeResult {
  if (inputs[queryParameter(step) ?? ""] === undefined)
    return { status: "refused", refusals: [refusal("not-sql", "there is no query", atStart)] };
  if (!own) throw new TypeError("a query of a requester's own is read before it is bound");
  return { status: "analyzed", analysis: own };
}

type Encoded =
  | { status: "encoded"; texts: string[] }
  | { status: "refused"; refusals: Refusal[]; parameter: string };

function encoded(analysis: SqlAnalysis, values: ParameterValues): Encoded {
  const texts: string[] = [];
  for (const hole of analysis.parameters) {
    const { name, place } = hole;
    const value = valueOfHole(values, hole);
    const problem = (message: string): Encoded => ({
      status: "refused",
      refusals: [refusal("parameter", message, place)],
      parameter: name,
    });
    if (!value) return problem(`:${name} has no value`);
    try {
      texts.push(encodeLiteral(value));
    } catch (error) {
      if (error instanceof LiteralError) return problem(`the value ${error.message}`);
      throw error;
    }
  }
  return { status: "encoded", texts };
}

function athenaCall(source: AthenaSource, canonical: string, literals: readonly string[]): AthenaCall {
  return {
    action: "athena:StartQueryExecution",
    request: {
      WorkGroup: source.workgroup.name,
      QueryExecutionContext: { Catalog: source.catalog, Database: source.database },
      QueryString: canonical,
      ...(literals.length > 0 && { ExecutionParameters: literals }),
    },
  };
}
