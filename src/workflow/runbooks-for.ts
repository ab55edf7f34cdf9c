import { decide } from "../policy/decide.ts";
import type { PersonId } from "../runbook/plan.ts";
import { policyInput, type PolicyDeps } from "./policy-input.ts";
import type { RunbookChoice } from "./use-cases.ts";

/**
 * What this person may ask for, with who would decide before any rule; where too few could, the form says so instead of
 * hiding it.
 */
export async function runbooksFor(deps: PolicyDeps, person: PersonId, at: Date): Promise<RunbookChoice[]> {
  const { runbooks, access } = deps.catalogue();
  const choices = [...runbooks.values()].map(async (runbook): Promise<RunbookChoice[]> => {
    const { metadata, documentation, grant } = runbook;
    const asked = { runbook: metadata.name, requester: person };
    const question = await policyInput(deps, asked, at, { fresh: false });
    const verdict = question && decide(access, question);
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
  return (await Promise.all(choices)).flat().toSorted((a, b) => a.title.localeCompare(b.title));
}
