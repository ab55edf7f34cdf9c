import type { Delegation } from "../request/delegation.ts";
import type { AccessReminders } from "../runbook/access-waiting.ts";
import type { Access } from "../runbook/access-file.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Decided } from "./decide.ts";
import { standIns } from "./delegated-ballots.ts";
import type { Question } from "./question.ts";

/** What happens while nobody decides, and who else may decide then, by which rule. */
export type SteppingIn = {
  pendingMinutes: number;
  reminders?: AccessReminders;
  escalations: readonly Escalation[];
  /** Groups to whose members an approver who is away may give their approving. */
  delegateGroups: readonly string[];
  /** Approvers who are away now, and who decides for them; absent where nobody could be asked. */
  standIns?: readonly Delegation[];
};

type Escalation = {
  step: string;
  afterMinutes: number;
  groups: readonly string[];
  people: readonly PersonId[];
};

/** @param delegations those that there are; absent where nobody could be asked */
export function steppingIn(
  access: Access,
  question: Question,
  { approval, pendingMinutes, reminders }: Decided,
  delegations: readonly Delegation[] | undefined,
  now: Date,
): SteppingIn {
  return {
    pendingMinutes,
    ...(reminders ? { reminders } : {}),
    escalations: approval.steps.flatMap(({ name, escalate }) =>
      escalate ? [{ step: name, ...escalate }] : [],
    ),
    delegateGroups: access.delegation?.to ?? [],
    ...(delegations ? { standIns: standIns(access, question, approval, delegations, now) } : {}),
  };
}
