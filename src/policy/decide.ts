import type { Approval } from "../request/request.ts";
import type { Access, AccessPolicy } from "../runbook/access-file.ts";
import type { AccessRecipes } from "../runbook/access-recipes.ts";
import type { AccessReminders } from "../runbook/access-waiting.ts";
import type { AccessRule } from "../runbook/access-rule.ts";
import { type AskedRule, askRules } from "./ask-rules.ts";
import { matchPolicies } from "./match-policies.ts";
import { neededSteps } from "./needed-steps.ts";
import type { Proposal, Question } from "./question.ts";
import { isMember, type ResolvedSteps, resolveSteps, type Unavailable } from "./resolve-steps.ts";

export type Verdict =
  | { status: "not-a-requester"; groups: readonly string[]; unavailable: readonly Unavailable[] }
  | {
      status: "denied-by-rule";
      rule: string;
      because: string;
      expression: string;
      /** It denies because a fact that it names is missing. */
      unknown: boolean;
    }
  | Decided;

export type Decided = {
  status: "decided";
  /** Groups whose members may ask. */
  requesters: readonly string[];
  approval: Approval & { steps: NonNullable<Approval["steps"]> };
  /** Whether the item of a write may be read before anybody approves: every policy says so. */
  allowBeforeImage: boolean;
  /** The rule that needs nobody, while its limits last. */
  auto?: {
    rule: string;
    expression: string;
    names: readonly string[];
    limits: NonNullable<AccessRule["limits"]>;
  };
  /** Who may not decide a step, by its name; a delegate neither. */
  excluded: ResolvedSteps["excluded"];
  /** Nobody could approve this step: too few people, or none that may. */
  lacking?: { groups: readonly string[]; needed: number; available: number };
  /** What a recipe may reach to; absent where any policy allows none. */
  recipes?: AccessRecipes;
  pendingMinutes: number;
  /** Of several policies the first one's that has any. */
  reminders?: AccessReminders;
  maxDurationMinutes: number;
  rules: readonly AskedRule[];
};

/**
 * Whether the person may ask, and who decides. Every policy that matches applies: the requester is allowed by each,
 * all their steps are needed, the shorter times win; a runbook without a policy has no requesters. A rule that denies
 * wins over everything, one that requires adds steps, and one that approves does so only where no rule added a step and
 * no policy always wants people.
 */
export function decide(access: Access, question: Question): Verdict {
  const { proposal, requester } = question;
  const policies = matchPolicies(access, proposal);
  const requesters = requesterGroups(proposal, policies);
  const asked = isMember(requesters, requester, question.groups);
  const [first] = policies;
  if (!asked.member || !first)
    return { status: "not-a-requester", groups: requesters, unavailable: asked.unavailable };

  const rules = askRules(access, question.facts);
  const denial = rules.find(({ kind, holds }) => kind === "deny" && holds);
  if (denial)
    return {
      status: "denied-by-rule",
      rule: denial.rule.name,
      because: denial.rule.because ?? "",
      expression: denial.expression,
      unknown: denial.said === "unknown",
    };

  const fired = rules.filter(({ kind, holds }) => kind === "require" && holds).map(({ rule }) => rule);
  const resolved = resolveSteps(access, question, neededSteps(proposal, policies, fired));
  const { steps, approvers, unavailable, lacking } = resolved;
  const silent = rules.some(({ kind, said }) => kind === "approve" && said === "unknown");
  const unknown = [...unavailable, ...(silent ? (question.unknown ?? []) : [])];
  // What a write changes is judged by people, whatever a rule says.
  const reminders = policies.find((policy) => policy.reminders)?.reminders;
  const recipes = recipesOf(policies);
  const auto = proposal.operation === "read" ? findAuto(rules, fired, policies) : undefined;
  return {
    status: "decided",
    requesters,
    approval: {
      policy: policies.map(({ name }) => name).join(", "),
      groups: [...new Set(steps.flatMap(({ groups }) => groups))],
      approvers,
      count: steps.reduce((sum, { count }) => sum + count, 0),
      steps,
      ...(unknown.length > 0 ? { unavailable: eachOnce(unknown) } : {}),
      channel: first.channel,
      allowPreview: policies.every(({ allowPreview }) => allowPreview),
    },
    allowBeforeImage: policies.every((policy) => policy.allowBeforeImage === true),
    ...(auto ? { auto } : {}),
    excluded: resolved.excluded,
    ...(lacking
      ? { lacking: { groups: lacking.step.groups, needed: lacking.step.count, available: lacking.available } }
      : {}),
    ...(reminders ? { reminders } : {}),
    ...(recipes ? { recipes } : {}),
    pendingMinutes: Math.min(proposal.timeoutSeconds / 60, ...policies.map((one) => one.pendingMinutes)),
    maxDurationMinutes: Math.min(
      proposal.maxDurationMinutes,
      ...policies.map((one) => one.maxDurationMinutes),
    ),
    rules,
  };
}

/** Every policy has to allow recipes, and the tightest bounds count. */
function recipesOf(policies: readonly AccessPolicy[]): AccessRecipes | undefined {
  const allowed = policies.flatMap(({ recipes }) => recipes ?? []);
  if (allowed.length === 0 || allowed.length < policies.length) return undefined;
  return {
    maxRuns: Math.min(...allowed.map(({ maxRuns }) => maxRuns)),
    maxDays: Math.min(...allowed.map(({ maxDays }) => maxDays)),
  };
}

function eachOnce(unknown: readonly Unavailable[]): Unavailable[] {
  return [...new Map(unknown.map((one) => [one.group, one])).values()];
}

function findAuto(
  rules: readonly AskedRule[],
  fired: readonly AccessRule[],
  policies: readonly AccessPolicy[],
): Decided["auto"] {
  if (fired.length > 0 || policies.some(({ always }) => always)) return undefined;
  const found = rules.find(({ kind, holds }) => kind === "approve" && holds);
  if (!found?.rule.limits) return undefined;
  const { rule, expression, names } = found;
  return { rule: rule.name, expression, names, limits: found.rule.limits };
}

/** Groups that the runbook and every policy name; no policy at all leaves nobody. */
export function requesterGroups(proposal: Proposal, policies: readonly AccessPolicy[]): string[] {
  if (policies.length === 0) return [];
  return proposal.requesters.filter((group) =>
    policies.every(({ requesters }) => requesters.includes(group)),
  );
}
