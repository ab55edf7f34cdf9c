import { analyze } from "./analyze.ts";
import { checkGuardrails } from "./check-guardrails.ts";
import type { GuardrailResult } from "./check-guardrails.ts";
import { guardrailOf } from "./guardrails.ts";
import type { Guardrails } from "./guardrails.ts";
import type { AnalyzeOptions, AnalyzeResult } from "./sql-analysis.ts";

/** Analyses and checks a text without parameters, as a requester writes it. */
export function checkSql(text: string, guardrails: Guardrails, now: Date): GuardrailResult {
  const result = analyzeWithin(text, guardrails, "none");
  return result.status === "refused" ? result : checkGuardrails(result.analysis, guardrails, now);
}

/** Analyses a text with the columns that the guardrails declare, so that each name is attributed to its table. */
export function analyzeWithin(
  text: string,
  guardrails: Guardrails,
  parameters: AnalyzeOptions["parameters"],
): AnalyzeResult {
  const { defaultCatalog, defaultDatabase } = guardrails;
  return analyze(text, {
    defaultCatalog,
    defaultDatabase,
    parameters,
    declared: (name) => {
      const guardrail = guardrailOf(guardrails, name);
      if (!guardrail) return undefined;
      return {
        columns: Object.keys(guardrail.columns),
        ...(guardrail.view !== undefined && { view: guardrail.view }),
      };
    },
  });
}
