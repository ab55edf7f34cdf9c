import * as z from "zod";
import { narrow, narrowingFindings } from "../sql/narrow.ts";
import type { Narrowing } from "../sql/narrow.ts";
import type { Guardrails } from "../sql/guardrails.ts";
import type { AthenaSource } from "./athena-source.ts";
import { sqlName } from "./identifiers.ts";
import type { Runbook } from "./runbook.ts";

const tableNarrowing = z.strictObject({
  columns: z
    .exactOptional(z.array(sqlName).min(1))
    .meta({ description: "Only these; the others are denied." }),
  masked: z.exactOptional(z.array(sqlName).min(1)),
  denied: z.exactOptional(z.array(sqlName).min(1)),
  stars: z.exactOptional(z.literal("refused")),
  partitions: z.exactOptional(
    z.record(
      sqlName,
      z.strictObject({
        maxRangeDays: z.exactOptional(z.int().min(1)),
        maxValues: z.exactOptional(z.int().min(1)),
        values: z.exactOptional(z.array(z.string()).min(1).max(100)),
        openEnd: z.exactOptional(z.literal("refused")),
      }),
    ),
  ),
});

/** What a runbook takes away from its data source's guardrails; `limits` say how many rows and bytes. */
export const narrowingSchema = z
  .strictObject({
    tables: z.exactOptional(z.record(z.string().max(300), tableNarrowing)),
    functions: z.exactOptional(z.array(z.string().max(100)).max(300)),
    limit: z.exactOptional(
      z.strictObject({
        max: z.exactOptional(z.int().min(1)),
        whenAbsent: z.exactOptional(z.literal("refuse")),
      }),
    ),
    maxRelations: z.exactOptional(z.int().min(1)),
    maxJoins: z.exactOptional(z.int().min(0)),
  })
  .meta({ description: "Narrows the data source's guardrails for this runbook; nothing can be widened." });

type Narrower = Pick<Runbook, "guardrails" | "limits">;

/** What SQL may say in this runbook: its data source's guardrails, narrowed by its own and by its limits. */
export function runbookGuardrails(runbook: Narrower, { guardrails }: AthenaSource): Guardrails {
  return narrow(guardrails, narrowingOf(runbook));
}

/** What the narrowing names that the data source does not have, or would allow beyond it. */
export function wrongNarrowings(runbook: Narrower, { guardrails }: AthenaSource): string[] {
  return narrowingFindings(guardrails, runbook.guardrails ?? {});
}

function narrowingOf({ guardrails = {}, limits }: Narrower): Narrowing {
  return {
    ...guardrails,
    limit: { ...guardrails.limit, max: Math.min(limits.maxRows, guardrails.limit?.max ?? limits.maxRows) },
    ...(limits.maxBytesScanned !== undefined && { maxScanBytes: limits.maxBytesScanned }),
  };
}
