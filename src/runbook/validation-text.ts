import { inlineLiterals } from "../sql/inline-literals.ts";
import type { AthenaCall } from "./athena-plan.ts";

/** Lines that `validationText` puts before the query: Athena counts them in where it finds a mistake. */
export const validationLines = 1;

/**
 * The statement that has Athena check the planned query without running it. Its values stand in it as literals, because
 * Athena takes `ExecutionParameters` for SELECT, INSERT, CTAS and UNLOAD alone (User Guide, "Use parameterized queries").
 */
export function validationText({ request: { QueryString, ExecutionParameters } }: AthenaCall): string {
  // A text without values stands as it is: a requester's own has none, and is not read again here.
  const text = ExecutionParameters ? inlineLiterals(QueryString, ExecutionParameters) : QueryString;
  return `EXPLAIN (TYPE VALIDATE)\n${text}`;
}
