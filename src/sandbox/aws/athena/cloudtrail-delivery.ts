import type { CallRecord } from "../call-log.ts";
import type { Identities } from "../identities.ts";
import { cloudTrailRow } from "./cloudtrail-row.ts";
import type { Engine } from "./engine.ts";
import type { AthenaTable } from "./table.ts";

export type CloudTrailDelivery = {
  /** Keeps a call until it is delivered, whatever becomes of the log. */
  take: (call: CallRecord) => void;
  /**
   * Puts the calls that arrived until then, or all, into `audit.cloudtrail_logs`, where that table is. Resolves with
   * how many came.
   */
  deliver: (until?: Date) => Promise<number>;
};

/** A day of a busy sandbox in which nobody queries. */
const keptRows = 50_000;

/**
 * The peer's own calls on their way into the CloudTrail table. Calls whose signature was not taken are left out, as
 * CloudTrail leaves them out.
 */
export function createDelivery(deps: {
  engine: Engine;
  tables: () => readonly AthenaTable[];
  identities: Identities;
  place: { account: string; region: string };
}): CloudTrailDelivery {
  const { engine, tables, place, identities } = deps;
  const underWay: { at: Date; row: object }[] = [];
  let last: Promise<unknown> = Promise.resolve();

  async function append(rows: readonly object[]): Promise<void> {
    const table = tables().find(({ database, name }) => database === "audit" && name === "cloudtrail_logs");
    if (table && rows.length > 0) await engine.append(table, rows);
  }

  return {
    take: (call) => {
      const row = cloudTrailRow(call, { ...place, identities });
      if (!row) return;
      underWay.push({ at: call.at, row });
      if (underWay.length > keptRows) underWay.shift();
    },
    deliver: async (until) => {
      const early = underWay.findIndex(({ at }) => until !== undefined && at.getTime() > until.getTime());
      const due = underWay.splice(0, early < 0 ? underWay.length : early);
      // One after the other, so that whoever comes second finds what the first brings.
      const brought = last.then(() => append(due.map(({ row }) => row)));
      last = brought.catch(() => undefined);
      await brought;
      return due.length;
    },
  };
}
