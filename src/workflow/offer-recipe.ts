import { decide } from "../policy/decide.ts";
import type { Deps } from "./deps.ts";
import { policyInput } from "./policy-input.ts";
import { recordRefusal } from "./record-refusal.ts";
import { whyNoRecipe } from "./recipe-order.ts";
import type { Ask, RecipeOffer, SubmitRefusal } from "./use-cases.ts";

/** Asked when somebody types the command, so that what can't be had is told before anything is typed. */
export async function offerRecipe(
  deps: Deps,
  { requester, runbook: name }: Pick<Ask, "requester" | "runbook">,
): Promise<RecipeOffer> {
  const { runbooks, access } = deps.catalogue();
  const refuse = async (why: SubmitRefusal): Promise<RecipeOffer> => {
    // A name that no runbook has is whatever somebody typed.
    const act = runbooks.has(name) ? `recipe ${name}` : "recipe";
    await recordRefusal(deps, { actor: requester, act, why: why.kind });
    return { status: "refused", why };
  };
  const person = await deps.directory.check(requester);
  if (person.status === "refused") return refuse({ kind: "person", problem: person.problem });
  const runbook = runbooks.get(name);
  const question = await policyInput(deps, { runbook: name, requester }, deps.clock.now(), { fresh: false });
  if (!runbook || !question) return refuse({ kind: "unknown-runbook", name: name.slice(0, 80) });
  const verdict = decide(access, question);
  if (verdict.status !== "decided") {
    const groups = verdict.status === "not-a-requester" ? verdict.groups : [];
    return refuse({ kind: "not-a-requester", groups });
  }
  const why = whyNoRecipe(runbook, verdict);
  if (why || !verdict.recipes) return refuse(why ?? { kind: "no-recipes", runbook: name });
  return { status: "offered", ...verdict.recipes, groups: Object.keys(access.groups) };
}
