import { breakGlassTerms } from "./break-glass.ts";
import type { Deps } from "./deps.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { BreakGlassOffer, UseCases } from "./use-cases.ts";

/** Asked when somebody types the command, so that who may not is told so at once, and it is recorded. */
export async function offerBreakGlass(
  deps: Deps,
  ...[asked]: Parameters<UseCases["offerBreakGlass"]>
): Promise<BreakGlassOffer> {
  const person = await deps.directory.check(asked.requester);
  const terms =
    person.status === "refused"
      ? { status: "refused" as const, why: { kind: "person" as const, problem: person.problem } }
      : await breakGlassTerms(deps, asked, deps.clock.now());
  if (terms.status === "allowed")
    return { status: "offered", maxMinutes: terms.maxMinutes, breakGlass: terms.breakGlass };
  await recordRefusal(deps, {
    actor: asked.requester,
    // A name that no runbook has is whatever somebody typed.
    act: deps.catalogue().runbooks.has(asked.runbook) ? `break-glass ${asked.runbook}` : "break-glass",
    why: terms.why.kind,
  });
  return terms;
}
