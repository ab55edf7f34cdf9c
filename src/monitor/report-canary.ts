import type { Alarms, CanaryBook, Clock, Log, RequestStore } from "../workflow/ports.ts";
import type { CanaryResult } from "./run-canary.ts";

/** A canary's result for the record, the metrics, the log and the audit channel; red is an alarm. */
export async function reportCanary(
  deps: {
    store: Pick<RequestStore, "recordFact">;
    book: Pick<CanaryBook, "keep">;
    alarms: Alarms;
    clock: Clock;
    log: Log;
  },
  { status, id, steps }: CanaryResult,
): Promise<void> {
  const failed = steps.find(({ ok }) => !ok);
  const fields = {
    canary: id,
    status,
    steps: steps.map(({ name, ok }) => `${name}: ${ok ? "ok" : "FAILED"}`),
  };
  if (status === "green") deps.log.info("canary green", fields);
  else deps.log.error("canary red", { ...fields, says: failed?.says });
  const at = deps.clock.now().toISOString();
  const settled = await Promise.allSettled([
    deps.store.recordFact({ id, at, actor: "system", type: "canary.ended", status, steps }),
    deps.book.keep({ id, status, at }),
    status === "green"
      ? deps.alarms.tell({ about: "canary", text: `green: ${steps.at(-1)?.says ?? ""}` })
      : deps.alarms.raise({
          about: "canary",
          text: `red at “${failed?.name ?? "nothing"}”: ${failed?.says ?? ""}`,
        }),
  ]);
  for (const one of settled)
    if (one.status === "rejected")
      deps.log.error("a canary's result could not be told everywhere", { canary: id, error: one.reason });
}
