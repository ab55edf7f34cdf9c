import { personOf } from "../policy/membership.ts";
import type { AccessTest } from "../runbook/access-test-file.ts";
import { castVote } from "../workflow/cast-vote.ts";
import type { Deps } from "../workflow/deps.ts";
import { submitRequest } from "../workflow/submit-request.ts";

/**
 * Asks for each recipe of a test and has it approved by whom the test names, by the very policy under test; answers
 * why one of them is not in force.
 */
export async function approveRecipes(
  deps: Deps,
  { recipes, runbook }: AccessTest,
): Promise<string | undefined> {
  for (const [at, wanted] of recipes.entries()) {
    const why = await approveRecipe(deps, runbook, wanted, `recipe ${at}`);
    if (why !== undefined) return why;
  }
  return undefined;
}

async function approveRecipe(
  deps: Deps,
  runbook: string,
  { requester, approvedBy, people, groups, inputs, runs, until, used }: AccessTest["recipes"][number],
  key: string,
): Promise<string | undefined> {
  const { team } = deps;
  const asked = await submitRequest(deps, {
    key,
    requester: personOf(requester, team),
    runbook,
    rawInputs: {},
    grant: { kind: "single-run", durationMinutes: 1 },
    reason: "a test of the policy",
    recipe: { inputs, people: people.map((one) => personOf(one, team)), groups, runs, until },
  });
  if (asked.status === "refused") return `it can’t be asked for: ${asked.why.kind}`;
  if (asked.status === "invalid")
    return asked.errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
  const { id: requestId, planDigest } = asked.request;
  for (const voter of approvedBy) {
    const by = personOf(voter, team);
    const vote = await castVote(deps, { requestId, by, decision: "approve", shownDigest: planDigest });
    if (vote.status === "refused") return `${voter} can’t approve it: ${vote.why.kind}`;
  }
  const state = (await deps.store.get(requestId))?.request.state;
  if (state !== "active") return `its approvers are not enough: it is ${state ?? "not stored"}`;
  for (let run = 1; run <= used; run++)
    await deps.recipes.takeRun(requestId, `${requestId}/${run}`, { runs, until });
  return undefined;
}
