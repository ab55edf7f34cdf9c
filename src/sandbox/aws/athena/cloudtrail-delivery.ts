import type { CallLog } from "../call-log.ts";
import type { Identities } from "../identities.ts";
import { cloudTrailRow } from "./cloudtrail-row.ts";
import type { Engine } from "./engine.ts";
import type { AthenaTable } from "./table.ts";

export type Delivery = {
  /** The last call that is delivered. */
  after: number;
  engine: Engine;
  tables: () => readonly AthenaTable[];
  calls: CallLog;
  identities: Identities;
  place: { account: string; region: string };
};

/**
 * Puts the peer's own calls into `audit.cloudtrail_logs`, where that table is: those that arrived until then, or
 * all. Calls whose signature was not taken are left out, as CloudTrail leaves them out.
 */
export async function deliverCalls(delivery: Delivery, until?: Date): Promise<number> {
  const { engine, tables, calls, place, identities } = delivery;
  const table = tables().find(({ database, name }) => database === "audit" && name === "cloudtrail_logs");
  const open = calls.query({ after: delivery.after });
  const early = open.findIndex(({ at }) => until !== undefined && at.getTime() > until.getTime());
  const due = early < 0 ? open : open.slice(0, early);
  delivery.after = due.at(-1)?.id ?? delivery.after;
  const rows = due.flatMap((call) => cloudTrailRow(call, { ...place, identities }) ?? []);
  if (table && rows.length > 0) await engine.append(table, rows);
  return rows.length;
}
