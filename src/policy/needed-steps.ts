import type { AccessPolicy } from "../runbook/access-file.ts";
import { type AccessRule, readRule } from "../runbook/access-rule.ts";
import type { AccessStep } from "../runbook/access-step.ts";
import type { Proposal } from "./question.ts";

/** A step as the files ask for it, before anybody is named. */
export type NeededStep = {
  name: string;
  stage: number;
  /** Who decides is in any group of each list. */
  lists: readonly (readonly string[])[];
  count: number;
  exclude: readonly string[];
  excludeLastEditor: boolean;
  because: readonly string[];
  /** Groups that may decide it too after so long; who does is in any group of each list. */
  escalate?: { afterMinutes: number; lists: readonly (readonly string[])[] };
};

/** The one step of a policy in the short form. */
const SHORT = "approval";

/**
 * The steps of all policies that match and of all rules that fired; steps of one name become one, the stricter of
 * both. What the runbook itself proposes narrows them: a step keeps only the runbook's approvers where it has any.
 */
export function neededSteps(
  proposal: Proposal,
  policies: readonly AccessPolicy[],
  fired: readonly AccessRule[],
): NeededStep[] {
  const own = merge(policies.flatMap(stepsOfPolicy)).map((step) => narrow(step, proposal));
  const last = Math.max(0, ...own.map(({ stage }) => stage));
  const more = fired.flatMap((rule) => {
    const because = `rule ${rule.name}: ${readRule(rule).expression}`;
    return (rule.steps ?? []).flatMap((step) => spread(step, last, because, false));
  });
  return merge([...raise(own, proposal), ...more]);
}

function stepsOfPolicy(policy: AccessPolicy): NeededStep[] {
  const { approvers, count = 1, steps, order, lastEditor } = policy.approval;
  const because = `policy ${policy.name}`;
  const noEditor = lastEditor === "exclude";
  if (approvers) return spread({ name: SHORT, anyOf: approvers, count }, 0, because, noEditor);
  return (steps ?? []).flatMap((step, at) => spread(step, order === "sequence" ? at : 0, because, noEditor));
}

/** `allOf` is a step for each of its groups. */
function spread(step: AccessStep, stage: number, because: string, excludeLastEditor: boolean): NeededStep[] {
  const { name, anyOf, allOf = [], count, exclude = [], escalate } = step;
  const more = escalate && { escalate: { afterMinutes: escalate.afterMinutes, lists: [escalate.to] } };
  const rest = { stage, count, exclude, excludeLastEditor, because: [because], ...more };
  if (anyOf) return [{ ...rest, name, lists: [anyOf] }];
  return allOf.map((group) => ({ ...rest, name: `${name} (${group})`, lists: [[group]] }));
}

function merge(steps: readonly NeededStep[]): NeededStep[] {
  const byName = Map.groupBy(steps, ({ name }) => name);
  return [...byName].map(([name, same]) => ({
    name,
    stage: Math.max(...same.map(({ stage }) => stage)),
    lists: same.flatMap(({ lists }) => lists),
    count: Math.max(...same.map(({ count }) => count)),
    exclude: [...new Set(same.flatMap(({ exclude }) => exclude))],
    excludeLastEditor: same.some((step) => step.excludeLastEditor),
    because: [...new Set(same.flatMap(({ because }) => because))],
    ...mergeEscalation(same),
  }));
}

/** Only where all of them escalate, by the longest wait, and to groups that all of them name. */
function mergeEscalation(same: readonly NeededStep[]): Pick<NeededStep, "escalate"> {
  const all = same.flatMap(({ escalate }) => escalate ?? []);
  if (all.length < same.length) return {};
  return {
    escalate: {
      afterMinutes: Math.max(...all.map(({ afterMinutes }) => afterMinutes)),
      lists: all.flatMap(({ lists }) => lists),
    },
  };
}

/** The short form is always held to the runbook's approvers; a named step where it shares a group with them. */
function narrow(step: NeededStep, { approvers }: Proposal): NeededStep {
  const shared = step.lists.flat().some((group) => approvers.includes(group));
  if (step.name !== SHORT && !shared) return step;
  const { escalate } = step;
  return {
    ...step,
    lists: [...step.lists, approvers],
    ...(escalate ? { escalate: { ...escalate, lists: [...escalate.lists, approvers] } } : {}),
  };
}

/**
 * The runbook asks for so many of its approvers. Steps that are theirs count for it; where these ask for too few, the
 * first asks for more, and where none is theirs, they are a step of their own.
 */
function raise(steps: readonly NeededStep[], proposal: Proposal): NeededStep[] {
  const { approvers, minRequiredApprovals } = proposal;
  const because = "the runbook";
  const isTheirs = ({ lists }: NeededStep) =>
    lists.some((groups) => groups.every((group) => approvers.includes(group)));
  const theirs = steps.filter(isTheirs).reduce((sum, { count }) => sum + count, 0);
  const missing = minRequiredApprovals - theirs;
  if (missing <= 0) return [...steps];
  const first = steps.find(isTheirs);
  if (first)
    return steps.map((step) =>
      step === first ? { ...step, count: step.count + missing, because: [...step.because, because] } : step,
    );
  const own = { name: "runbook", stage: 0, lists: [approvers], count: minRequiredApprovals, exclude: [] };
  return [
    ...steps,
    { ...own, excludeLastEditor: steps.some((one) => one.excludeLastEditor), because: [because] },
  ];
}

/** Groups that decide the step, as people are told of them: those that every list names. */
export function groupsOf({ lists }: Pick<NeededStep, "lists">): string[] {
  const [first = [], ...more] = lists;
  return [...new Set(first)].filter((group) => more.every((list) => list.includes(group)));
}
