import type { AthenaTable } from "../../aws/athena/table.ts";
import { cloudTrailEvents } from "./cloudtrail-events.ts";
import { trailColumns, trailRow } from "./trail-event.ts";

/** `audit.cloudtrail_logs`, as an organisation's trail lies in S3: by account, Region and day (`YYYY/MM/DD`). */
export function cloudTrailTable(now: Date): AthenaTable {
  return {
    database: "audit",
    name: "cloudtrail_logs",
    columns: trailColumns,
    partitionColumns: ["account", "region", "day"],
    bucket: "org-trail-logs",
    prefix: "AWSLogs/${account}/CloudTrail/${region}/${day}/",
    bytesPerRow: 1_000_000,
    rows: cloudTrailEvents(now).map(trailRow),
  };
}
