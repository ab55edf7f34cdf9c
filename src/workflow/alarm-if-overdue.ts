import { recordOverdue, whatIsOverdue } from "../request/overdue.ts";
import type { Request } from "../request/request.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import type { Alarms } from "./ports.ts";

/**
 * Tells whoever watches that the end of an access is not proven in time: once, and again while it could not be recorded
 * that they were told. The state is `revoking` all the while.
 */
export async function alarmIfOverdue(
  deps: Pick<Deps, "store" | "queue" | "clock" | "log"> & { alarms: Alarms },
  request: Request,
): Promise<void> {
  if (whatIsOverdue(request, deps.clock.now()).length === 0) return;
  const stored = await deps.store.get(request.id);
  const unproven = stored ? whatIsOverdue(stored.request, deps.clock.now()) : [];
  if (unproven.length === 0) return;
  deps.log.error("the end of an access is not proven in time", { requestId: request.id, unproven });
  try {
    await deps.alarms.raise({
      about: request.id,
      text: `The end of its access is overdue: ${unproven.join("; ")}.`,
    });
    const outcome = await deps.store.change(request.id, (current) =>
      recordOverdue(current, unproven, deps.clock.now()),
    );
    if (outcome.status === "changed") await handOver(deps, outcome.request);
  } catch (error) {
    deps.log.warn("an alarm could not be raised; it is raised again", { requestId: request.id, error });
  }
}
