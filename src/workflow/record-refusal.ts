import { createHash } from "node:crypto";
import type { PersonId } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";

type Refused = { actor: PersonId; act: string; requestId?: string; why: string };

/**
 * What was refused is recorded as well, by whom and why; the same once more within an hour is counted, so that nobody
 * fills the table by pressing a button. Never rejects: a refusal stays a refusal when the record fails, which is
 * logged, and the person still gets their answer.
 */
export async function recordRefusal(
  deps: Pick<Deps, "store" | "clock" | "log">,
  refusal: Refused,
): Promise<void> {
  const { actor, ...rest } = refusal;
  const at = deps.clock.now().toISOString();
  deps.log.info("act refused", { actor, ...rest });
  try {
    await deps.store.recordFact({ id: idOf(refusal, at), at, actor, type: "act.refused", ...rest });
  } catch (error) {
    deps.log.error("a refusal could not be recorded", { error, actor, ...rest });
  }
}

/** The same for the same refusal in the same hour. */
function idOf({ actor, act, requestId = "", why }: Refused, at: string): string {
  // A name that no runbook has is whatever somebody typed, so there is no end of them.
  const what = why === "unknown-runbook" ? "request" : act;
  const facts = [at.slice(0, "2026-11-21T02".length), actor.teamId, actor.userId, what, requestId, why];
  return createHash("sha256").update(JSON.stringify(facts)).digest("base64url").slice(0, 22);
}
