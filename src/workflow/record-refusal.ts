import { randomUUID } from "node:crypto";
import type { PersonId } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";

/**
 * What was refused is recorded as well, by whom and why. A refusal stays a refusal when the record fails:
 * the failure is logged and the person still gets their answer.
 */
export async function recordRefusal(
  deps: Pick<Deps, "store" | "clock" | "log">,
  refusal: { actor: PersonId; act: string; requestId?: string; why: string },
): Promise<void> {
  const { actor, ...rest } = refusal;
  const at = deps.clock.now().toISOString();
  deps.log.info("act refused", { actor, ...rest });
  try {
    await deps.store.recordFact({ id: randomUUID(), at, actor, type: "act.refused", ...rest });
  } catch (error) {
    deps.log.error("a refusal could not be recorded", { error, actor, ...rest });
  }
}
