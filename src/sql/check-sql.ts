import { analyze } from "./analyze.ts";
import { checkGuardrails } from "./check-guardrails.ts";
import type { GuardrailResult } from "./check-guardrails.ts";
import { guardrailOf } from "./guardrails.ts";
import type { Guardrails } from "./guardrails.ts";
import { atStart, refusal } from "./refusal.ts";
import type { AnalyzeOptions, AnalyzeResult, SqlAnalysis } from "./sql-analysis.ts";

/** `analysis`: what the canonical text reads, as plain data, so that nobody has to parse it again. */
export type CheckedSql =
  | (GuardrailResult & { status: "ok" } & { analysis: SqlAnalysis })
  | (GuardrailResult & { status: "refused" });

/**
 * Analyses and checks a text without parameters, as a requester writes it. An admitted one is read once more as its
 * canonical text, since that is what is approved and run; refusals say places in the text that was written.
 */
export function checkSql(text: string, guardrails: Guardrails, now: Date): CheckedSql {
  const written = checkAsWritten(text, guardrails, now);
  if (written.status === "refused" || written.canonical === text) return written;
  const canonical = checkAsWritten(written.canonical, guardrails, now);
  if (canonical.status === "refused" || canonical.canonical === written.canonical) return canonical;
  const message = "the text can't be written unambiguously: simplify it";
  return { status: "refused", refusals: [refusal("not-sql", message, atStart)] };
}

function checkAsWritten(text: string, guardrails: Guardrails, now: Date): CheckedSql {
  const read = analyzeWithin(text, guardrails, "none");
  if (read.status === "refused") return read;
  const { analysis } = read;
  const result = checkGuardrails(analysis, guardrails, now);
  return result.status === "refused" ? result : { ...result, analysis };
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
