import {
  beginDenying,
  deniedUntil,
  mustBeDenied,
  purgeDueAt,
  recordDenied,
  recordPurged,
} from "../request/denial.ts";
import type { Request } from "../request/request.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import type { DenyList } from "./ports.ts";

/**
 * Names a grant that was cut short in the deny-list of its data role until its last session is over, and takes it out
 * again. A belt on top of the sessions' own expiry: nothing waits for it, and what fails is tried again by the next look.
 */
export async function keepDenyList(
  deps: Pick<Deps, "store" | "queue" | "clock" | "log"> & { denyList: DenyList },
  { id: requestId, plan: { target } }: Request,
): Promise<void> {
  if (target.revokerRole === undefined) return;
  const request = (await deps.store.get(requestId))?.request;
  if (!request) return;
  const now = deps.clock.now();
  const purgeAt = purgeDueAt(request);
  try {
    if (purgeAt !== undefined && now.toISOString() >= purgeAt) await purge(deps, request);
    else if (mustBeDenied(request)) await deny(deps, request);
  } catch (error) {
    deps.log.error("the deny-list could not be written; it is tried again", { requestId, error });
  }
}

async function deny(deps: Parameters<typeof keepDenyList>[0], { id, plan }: Request): Promise<void> {
  await deps.store.change(id, (current) => beginDenying(current, deniedUntil(deps.clock.now())));
  const until = (await deps.store.get(id))?.request.revocation?.denying?.until;
  if (until === undefined) return;
  const how = await deps.denyList.deny(plan, until);
  if (how === "busy") return;
  if (how === "older-sessions")
    deps.log.error(
      "the deny-list did not take the grant; every older session of its role is denied instead",
      {
        requestId: id,
        role: plan.target.role,
      },
    );
  const outcome = await deps.store.change(id, (current) =>
    recordDenied(current, how, until, deps.clock.now()),
  );
  if (outcome.status === "changed") await handOver(deps, outcome.request);
}

async function purge(deps: Parameters<typeof keepDenyList>[0], { id, plan }: Request): Promise<void> {
  if ((await deps.denyList.purge(plan)) === "busy") return;
  await deps.store.change(id, (current) => recordPurged(current, deps.clock.now()));
}
