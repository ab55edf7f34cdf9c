import { approvalOf, approversOf, stepsOf } from "../request/approval.ts";
import { assignPeople } from "../request/assign-people.ts";
import { recipeApprovers } from "../request/recipe.ts";
import type { Approval, ApprovalStep, Request, Vote } from "../request/request.ts";
import { certainlySamePerson, possiblySamePerson } from "../request/same-person.ts";
import { withEscalation } from "../request/with-escalation.ts";
import type { Access } from "../runbook/access-file.ts";
import { outsideRanges } from "../runbook/input-range.ts";
import type { PersonId, Plan } from "../runbook/plan.ts";
import type { Decided } from "./decide.ts";
import type { Question } from "./question.ts";
import { isMember } from "./resolve-steps.ts";

/** What somebody asks for, with what the policy of now decides about it. */
export type AskedOfRecipe = { plan: Plan; question: Question; verdict: Decided };

/** Whether the recipe is for this person; where a group can't be known, it is not. */
export function isForPerson({ plan }: Request, { requester, groups }: Question): boolean {
  const { people = [], groups: named = [] } = plan.recipe ?? {};
  return (
    people.some((one) => certainlySamePerson(one, requester)) || isMember(named, requester, groups).member
  );
}

/**
 * Why a recipe in force does not approve this request, as a clause for the card; nothing when it does. Its approvers
 * must be enough for this very request as the policy wants it now: what a rule adds at this hour or for these inputs, a
 * policy that became stricter, a step that excludes one of them means people.
 */
export function whyRecipeMisses(
  access: Access,
  recipe: Request,
  { plan, question, verdict }: AskedOfRecipe,
  now: Date,
): string | undefined {
  const { plan: widest } = recipe;
  if (recipeApprovers(recipe).some((one) => possiblySamePerson(one, question.requester)))
    return "who approved a recipe does not use it";
  if (!verdict.recipes) return "the policy allows no recipes for this any more";
  if (plan.grant.kind !== "single-run" || plan.grant.approves) return "it is for single runs";
  if (plan.grant.durationMinutes > widest.grant.durationMinutes)
    return `it is for at most ${widest.grant.durationMinutes} minutes`;
  if (plan.write?.before.status === "to-be-read")
    return "people judge what stands in the item before it is written";
  const outside = outsideRanges(widest.recipe?.inputs ?? {}, plan.inputs, now);
  if (outside.length > 0) return `outside of what it allows: ${titles(plan, outside)}`;
  const open = openSteps(access, recipe, verdict);
  return open.length > 0
    ? `the policy wants more for this now than approved it: ${open.map(({ name }) => name).join(", ")}`
    : undefined;
}

function titles({ parameters }: Plan, names: readonly string[]): string {
  return names.map((name) => parameters.find((one) => one.name === name)?.title ?? name).join(", ");
}

/** Steps that this request needs and that the recipe's approvers do not fill, nobody twice. */
function openSteps(access: Access, recipe: Request, { approval, excluded }: Decided): ApprovalStep[] {
  const needed = withEscalation(approval, recipe.escalated);
  const votes = recipe.votes.filter(({ decision }) => decision === "approve");
  const given = stepsOf(approvalOf(recipe));
  const counts = (vote: Vote, step: ApprovalStep): boolean => {
    const same = given.find(({ name }) => name === step.name);
    const cast = same !== undefined && (vote.steps?.includes(step.name) ?? true);
    return cast && isRightOf(access, vote, same, needed, step) && !isBarred(vote, excluded.get(step.name));
  };
  const seats = assignPeople(
    stepsOf(needed),
    votes.map((vote) =>
      stepsOf(needed)
        .filter((step) => counts(vote, step))
        .map(({ name }) => name),
    ),
  );
  return stepsOf(needed).filter(({ name, count }) => seats.filter((seat) => seat === name).length < count);
}

/**
 * The step is decided by the same groups, or by more of them, as when the vote was cast; who left one since takes back
 * no approval. A requester's manager is somebody else for each requester, and is asked by name.
 */
function isRightOf(
  access: Access,
  { by, delegatedBy }: Vote,
  then: ApprovalStep,
  approval: Approval,
  now: ApprovalStep,
): boolean {
  const person = delegatedBy?.person ?? by;
  if (then.groups.some((group) => access.groups[group]?.manager))
    return approversOf(approval, now).some((one) => certainlySamePerson(one, person));
  return then.groups.every((group) => now.groups.includes(group));
}

function isBarred(
  { by, delegatedBy }: Vote,
  excluded: readonly PersonId[] | "everybody" | undefined,
): boolean {
  if (excluded === undefined) return false;
  if (excluded === "everybody") return true;
  return [by, ...(delegatedBy ? [delegatedBy.person] : [])].some((eye) =>
    excluded.some((one) => possiblySamePerson(one, eye)),
  );
}
