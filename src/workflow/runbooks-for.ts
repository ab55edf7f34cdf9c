import { mayAsk } from "../policy/approval.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";
import { proposalOf } from "./proposal.ts";
import type { RunbookChoice } from "./use-cases.ts";

/** What this person may ask for, with who would decide; where too few could, the form says so instead of hiding it. */
export function runbooksFor(deps: Pick<Deps, "catalogue" | "team">, person: PersonId): RunbookChoice[] {
  const catalogue = deps.catalogue();
  const choices = [...catalogue.runbooks.values()].flatMap((runbook): RunbookChoice[] => {
    const verdict = mayAsk(catalogue.access, deps.team, proposalOf(runbook), person);
    const environment = catalogue.dataSources.get(runbook.datasource)?.target.environment;
    if (verdict.status === "not-a-requester" || environment === undefined) return [];
    const { approval, maxDurationMinutes } = verdict.rules;
    return [
      {
        name: runbook.metadata.name,
        title: runbook.metadata.title,
        purpose: runbook.documentation.purpose,
        tags: runbook.metadata.tags ?? [],
        riskLevel: runbook.metadata.riskLevel,
        environment,
        approval: { count: approval.count, groups: approval.groups, approvers: approval.approvers },
        grant: { kinds: runbook.grant.kinds, maxDurationMinutes },
      },
    ];
  });
  return choices.toSorted((a, b) => a.title.localeCompare(b.title));
}
