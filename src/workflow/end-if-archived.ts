import { endWithIncident } from "../request/incident.ts";
import { tiedRequests } from "./close-incident.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";

/**
 * A channel was said to be archived: when Slack, asked anew, says so too, the incident that was worked on there is over.
 * What can't be told ends nothing here; the sweep asks again.
 */
export async function endIfArchived(
  deps: Pick<Deps, "store" | "queue" | "clock" | "log" | "channels" | "openRequests">,
  channel: string,
): Promise<void> {
  if ((await deps.channels.look(channel)) !== "archived") return;
  for (const request of await tiedRequests(deps, { channel })) {
    const outcome = await deps.store.change(request.id, (current) =>
      endWithIncident(current, {}, deps.clock.now()),
    );
    if (outcome.status !== "changed") continue;
    deps.log.info("access ended: the channel of its incident was archived", { requestId: request.id });
    await handOver(deps, outcome.request);
  }
}
