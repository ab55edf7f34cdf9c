import { rowsTimeIsOver, runsWithRows } from "../request/rows.ts";
import type { Projection, StoredRequest } from "./ports.ts";

/** Whether messages or files with rows stand in Slack: what was remembered of them, not what was said of a delivery. */
export function rowsStand({ copies }: Projection): boolean {
  return copies.some(({ role }) => role === "rows");
}

/** Whether rows have to leave Slack now, or have left it and nobody has recorded that yet. */
export function rowsMustLeave({ request, projection }: StoredRequest, now: Date): boolean {
  return rowsTimeIsOver(request, now) && (rowsStand(projection) || runsWithRows(request).length > 0);
}
