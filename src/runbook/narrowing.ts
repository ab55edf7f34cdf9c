import * as z from "zod";
import type { OutputColumn, PlanDraft } from "./plan.ts";

/** What an approver may make less of, where the runbook says so. */
export const narrowingKind = z.enum(["duration", "rows", "columns", "timeRange"]);

export type NarrowingKind = z.infer<typeof narrowingKind>;

/** What was taken away of a plan that its inputs and its grant do not say themselves. */
export type NarrowedTerms = {
  /** Below the runbook's own limit. */
  maxRows?: number;
  /** Columns whose values leave the worker masked, in the order of the result. */
  masked?: readonly string[];
};

/** The plan with fewer rows and more masks; it can only take away. */
export function withNarrowed(draft: PlanDraft, narrowed: NarrowedTerms | undefined): PlanDraft {
  if (!narrowed) return draft;
  const { limits, output } = draft;
  const maxRows = Math.min(limits.maxRows, narrowed.maxRows ?? limits.maxRows);
  const columns = output.columns.map((column) =>
    narrowed.masked?.includes(column.name) ? masked(column) : column,
  );
  return { ...draft, narrowed, limits: { ...limits, maxRows }, output: { ...output, columns } };
}

/** A column without a mask of its own shows nothing: whoever takes it away need not know what its values look like. */
function masked(column: OutputColumn): OutputColumn {
  return { ...column, mask: column.mask === "none" ? "hide" : column.mask, alwaysMasked: true };
}
