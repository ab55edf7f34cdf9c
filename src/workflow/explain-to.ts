import { decide } from "../policy/decide.ts";
import { explanationParts } from "../policy/explanation-parts.ts";
import { breakGlassGroups } from "../policy/may-break-glass.ts";
import { whoParts } from "../policy/who.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";
import { explainAccess } from "./explain-access.ts";
import { nearestName } from "./nearest-name.ts";
import { policyInput } from "./policy-input.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { ExplainAnswer, ExplainQuestion, SubmitRefusal } from "./use-cases.ts";

/** The policy's answer to this person about themselves; who may not act here is told nothing. */
export async function explainTo(deps: Deps, question: ExplainQuestion): Promise<ExplainAnswer> {
  const refusal = await mayHear(deps, question, "explain");
  if (refusal) return refusal;
  const explained = await explainAccess({ ...deps, knowsRecipes: deps }, question, deps.clock.now());
  if (explained.status === "unknown-runbook") return unknownRunbook(deps, question.runbook);
  return {
    status: "explained",
    title: titleOf(deps, question.runbook),
    parts: explanationParts(explained.explanation, explained),
    mayAsk: explained.explanation.verdict.status === "decided",
  };
}

/** Who can do what with the runbook, for everybody who may act here. */
export async function whoTo(
  deps: Deps,
  question: { runbook: string; requester: PersonId },
): Promise<ExplainAnswer> {
  const refusal = await mayHear(deps, question, "who");
  if (refusal) return refusal;
  const { runbooks, access } = deps.catalogue();
  const now = deps.clock.now();
  const asked = { ...question, also: breakGlassGroups(access) };
  const input = await policyInput(deps, asked, now, { fresh: false });
  const runbook = runbooks.get(question.runbook);
  if (!runbook || !input) return unknownRunbook(deps, question.runbook);
  return {
    status: "explained",
    title: runbook.metadata.title,
    parts: whoParts(access, input, runbook.output.audience, {
      now,
      delegations: await deps.delegations.all(),
    }),
    mayAsk: decide(access, input).status === "decided",
  };
}

async function mayHear(
  deps: Deps,
  { requester, runbook }: { requester: PersonId; runbook: string },
  act: string,
): Promise<(ExplainAnswer & { status: "refused" }) | undefined> {
  const person = await deps.directory.check(requester);
  if (person.status === "ok") return undefined;
  await recordRefusal(deps, {
    actor: requester,
    act: `${act} ${runbook}`,
    why: `person: ${person.problem}`,
  });
  return { status: "refused", why: { kind: "person", problem: person.problem } };
}

function unknownRunbook(deps: Deps, typed: string): ExplainAnswer & { status: "refused" } {
  const nearest = nearestName(typed, deps.catalogue().runbooks.keys());
  const why: SubmitRefusal = { kind: "unknown-runbook", name: typed, ...(nearest ? { nearest } : {}) };
  return { status: "refused", why };
}

function titleOf(deps: Deps, runbook: string): string {
  return deps.catalogue().runbooks.get(runbook)?.metadata.title ?? runbook;
}
