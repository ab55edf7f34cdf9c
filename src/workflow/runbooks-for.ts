import { decide } from "../policy/decide.ts";
import type { PersonId } from "../runbook/plan.ts";
import { inAHurry } from "./in-a-hurry.ts";
import { policyInput, type PolicyDeps } from "./policy-input.ts";
import type { RunbookChoice, RunbookChoices } from "./use-cases.ts";

/** So long directories are waited for together: a menu opens by a trigger of Slack's that lives 3 s. */
const BUDGET_MS = 800;

/**
 * What this person may ask for, with who would decide before any rule; where too few could, the form says so instead of
 * hiding it. What a slow directory does not say in time is left out, and named.
 */
export async function runbooksFor(
  deps: PolicyDeps,
  person: PersonId,
  at: Date,
  budgetMs = BUDGET_MS,
): Promise<RunbookChoices> {
  const { runbooks, access } = deps.catalogue();
  using people = inAHurry(deps.people, budgetMs);
  const unknown = new Map<string, string>();
  const found = [...runbooks.values()].map(async (runbook): Promise<RunbookChoice[]> => {
    const { metadata, documentation, grant } = runbook;
    const asked = { runbook: metadata.name, requester: person };
    const question = await policyInput({ ...deps, people }, asked, at, { fresh: false });
    const verdict = question && decide(access, question);
    if (verdict?.status === "not-a-requester")
      for (const { group, why } of verdict.unavailable) unknown.set(group, why);
    if (!question || verdict?.status !== "decided") return [];
    const { approval, maxDurationMinutes } = verdict;
    return [
      {
        name: metadata.name,
        title: metadata.title,
        purpose: documentation.purpose,
        tags: metadata.tags ?? [],
        riskLevel: metadata.riskLevel,
        environment: question.proposal.environment,
        approval: { count: approval.count, groups: approval.groups, approvers: approval.approvers },
        grant: { kinds: grant.kinds, maxDurationMinutes },
      },
    ];
  });
  const choices = (await Promise.all(found)).flat().toSorted((a, b) => a.title.localeCompare(b.title));
  return { choices, unknown: [...unknown].map(([group, why]) => ({ group, why })) };
}
