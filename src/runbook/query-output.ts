import type { AthenaSource } from "./athena-source.ts";
import { queryParameter } from "./athena-step.ts";
import type { AthenaStep } from "./athena-step.ts";
import type { AthenaBinding } from "./bind-athena.ts";
import { highestClassification } from "./classification-order.ts";
import type { Classification, Output, OutputColumn } from "./plan.ts";
import type { Runbook } from "./runbook.ts";

type Bound = AthenaBinding & { status: "bound" };

/**
 * What is shown of a query's rows. A runbook's own query has the columns that the runbook declares; a query of the
 * requester's has those of its text, each as sensitive as the column that it shows or, when it is computed, as the
 * most sensitive one that the query reads.
 */
export function queryOutput(
  { output }: Runbook,
  step: AthenaStep,
  source: AthenaSource,
  bound: Bound,
): Output {
  const shown = bound.analysis.outputs ?? [];
  const masked = bound.result.outputs ?? [];
  if (queryParameter(step) === undefined) {
    return {
      ...output,
      columns: output.columns.map((column, at) =>
        masked[at]?.mask === true ? { ...column, alwaysMasked: true } : column,
      ),
    };
  }
  const everything = highestClassification(
    bound.result.reads.flatMap(({ columns }) => columns.map((column) => column.classification)),
  );
  const columns = shown.map(({ name, source: from }, at): OutputColumn => {
    const { mask: isMasked = false, classification = everything } = masked[at] ?? {};
    const base = {
      name,
      title: Array.from(name).slice(0, 40).join(""),
      type: "string",
      classification,
    } as const;
    if (!isMasked)
      return {
        ...base,
        mask: classification === "public" || classification === "internal" ? "none" : "hide",
      };
    const table = source.tables.find(
      ({ database, table: own }) => database === from?.table.name.database && own === from.table.name.table,
    );
    return { ...base, mask: table?.masks[from?.column ?? ""] ?? "hide", alwaysMasked: true };
  });
  return { ...output, classification: atLeast(output.classification, columns), columns };
}

function atLeast(own: Classification, columns: readonly OutputColumn[]): Classification {
  return highestClassification([own, ...columns.map(({ classification }) => classification)]);
}
