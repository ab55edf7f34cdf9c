import { createHash } from "node:crypto";
import { readBackIsOpen, type ReadBackEnd, settleReadBack, startReadBack } from "../request/read-back.ts";
import { correlationId, type Request, type ResultFacts } from "../request/request.ts";
import { beginRevocation } from "../request/revoke.ts";
import { differenceRows } from "../runbook/difference-rows.ts";
import { whatStands } from "../runbook/what-stands.ts";
import { deliverResult } from "./deliver-result.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import { type LookDeps, lookAtItem } from "./look-at-item.ts";
import type { ResultDelivery } from "./ports.ts";
import { rowsToCsv } from "./rows-to-csv.ts";

export type SettleDeps = LookDeps & Deps & { delivery: ResultDelivery };

/**
 * Asks the item what became of each write whose outcome is unknown: its worker died, or DynamoDB never answered it. It
 * is done, not done, or can't be told; it is never written again. Safe to repeat.
 */
export async function settleWrites(deps: SettleDeps, request: Request): Promise<void> {
  for (const run of request.runs.filter((one) => readBackIsOpen(request, one)))
    await settle(deps, request.id, run.no);
}

async function settle(deps: SettleDeps, requestId: string, no: number): Promise<void> {
  const started = await deps.store.change(requestId, (request) =>
    startReadBack(request, no, deps.worker, deps.clock.now()),
  );
  if (started.status !== "changed") return;
  const { request } = started;
  await handOver(deps, request);
  const { write, output } = request.plan;
  if (!write || !request.runs.some((run) => readBackIsOpen(request, run))) return;
  const sight = await lookAtItem(deps, request, no);
  // The next attempt comes by itself; after the last the run stays unknown.
  if (sight.status === "unseen") return;
  const before = write.before.status === "read" ? write.before.image : undefined;
  const standing = whatStands(write, before, sight.image);
  const rows = before ? differenceRows(write, before) : [];
  const csv = rowsToCsv(rows, output.columns);
  const end: ReadBackEnd =
    standing === "applied" ? { standing, result: resultOf(rows.length, csv) } : { standing };
  const outcome = await deps.store.change(requestId, (current) => {
    const now = deps.clock.now();
    const settled = settleReadBack(current, no, end, deps.worker, now);
    if (settled.status !== "changed") return settled;
    const cause = standing === "applied" ? "completed" : "failed";
    const closing = beginRevocation(settled.request, { cause }, now);
    return closing.status === "changed" ? closing : settled;
  });
  if (outcome.status !== "changed") return;
  deps.log.info("a write was settled by reading back", {
    correlationId: correlationId(requestId, no),
    standing,
  });
  await handOver(deps, outcome.request);
  if (standing === "applied") await deliverResult(deps, outcome.request, no, rows, csv);
}

function resultOf(rows: number, csv: string): ResultFacts {
  return {
    rows,
    bytes: Buffer.byteLength(csv),
    sha256: createHash("sha256").update(csv).digest("hex"),
    pages: 1,
    itemsScanned: 1,
    capacityUnits: 0,
    durationMs: 0,
    wrote: true,
    settledBy: "read-back",
  };
}
