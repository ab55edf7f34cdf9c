import type { RunProgress } from "../../workflow/ports.ts";
import { aboutDollars, bytes, counted } from "./words.ts";

/** How far a run is: `running in Athena · 1.2 GB scanned · about $0.006`, or `2 pages · 40 rows · 120 items read`. */
export function progressWords({ pages, rows, itemsScanned, query }: RunProgress): string {
  if (!query)
    return [
      counted(pages, "page", "pages"),
      counted(rows, "row", "rows"),
      `${counted(itemsScanned, "item", "items")} read`,
    ].join(" · ");
  return [
    stateWords[query.state] ?? query.state,
    `${bytes(query.bytesScanned)} scanned`,
    aboutDollars(query.costUsd),
    ...(rows > 0 ? [`${counted(rows, "row", "rows")} fetched`] : []),
  ].join(" · ");
}

/** Athena's states (API reference: QueryExecutionStatus). */
const stateWords: Readonly<Record<string, string>> = {
  QUEUED: "waiting in Athena",
  RUNNING: "running in Athena",
  SUCCEEDED: "done in Athena, rows are fetched",
  FAILED: "failed in Athena",
  CANCELLED: "cancelled in Athena",
};
