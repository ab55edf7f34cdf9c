import type { Deps } from "./deps.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { Ask } from "./use-cases.ts";

/** Somebody wanted the form of a runbook that they may not ask for, and was told so instead: recorded as the request would be. */
export async function refuseForm(
  deps: Deps,
  { requester, runbook }: Pick<Ask, "requester" | "runbook">,
): Promise<void> {
  await recordRefusal(deps, { actor: requester, act: `request ${runbook}`, why: "not-a-requester" });
}
