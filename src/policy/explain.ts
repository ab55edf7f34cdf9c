import type { Delegation } from "../request/delegation.ts";
import { approversOf } from "../request/approval.ts";
import type { Access } from "../runbook/access-file.ts";
import type { PersonId } from "../runbook/plan.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import { readRule } from "../runbook/access-rule.ts";
import { type AskedRule, askRules } from "./ask-rules.ts";
import { decide, type Verdict } from "./decide.ts";
import { matchPolicies } from "./match-policies.ts";
import { findGroup, type GroupSource } from "./membership.ts";
import { type MayBreakGlass, mayBreakGlass } from "./may-break-glass.ts";
import { type SteppingIn, steppingIn } from "./stepping-in.ts";
import { limitWords } from "../request/limit-words.ts";
import type { Question } from "./question.ts";

/** What the policy decides and why, for people to read. */
export type Explanation = {
  verdict: Verdict;
  policies: readonly string[];
  /** Groups of the requester among those that were asked about. */
  groups: readonly string[];
  steps: readonly ExplainedStep[];
  rules: readonly ExplainedRule[];
  /** Groups of this decision whose members somebody else knows. */
  directories: readonly AskedDirectory[];
  /** Where it is decided by people: what happens while nobody decides. */
  waiting?: SteppingIn;
  /** Where they may ask and `access.yml` has it: whether they could start it without any approval. */
  breakGlass?: MayBreakGlass;
};

export type ExplainedAt = {
  now: Date;
  /** Absent: nobody could be asked. */
  delegations?: readonly Delegation[];
};

type AskedDirectory = {
  group: string;
  /** Where it is asked, e.g. `pagerduty schedule orders-primary`. */
  source: string;
  found: { status: "known"; people: number } | { status: "unavailable"; why: string };
};

type ExplainedStep = {
  name: string;
  count: number;
  /** What comes before it; 0 for nothing. */
  stage: number;
  because: readonly string[];
  people: readonly { person: PersonId; groups: readonly string[] }[];
  /** Whom the policy excludes, the last editor, the runbook does not name: nobody may decide. */
  lacksLastEditor: boolean;
};

type ExplainedRule = {
  name: string;
  kind: AskedRule["kind"];
  expression: string;
  /** `not-asked`: nothing was given to ask it over. */
  said: AskedRule["said"] | "not-asked";
  holds: boolean;
  /** Why it approves nothing although it holds. */
  overruled?: string;
  /** What it does, or would do if it held. */
  effect: string;
};

/** Decides, and says by what: the policies, who is asked and as a member of what, what each rule said, who could step in. */
export function explain(access: Access, question: Question, { now, delegations }: ExplainedAt): Explanation {
  const verdict = decide(access, question);
  const approval = verdict.status === "decided" ? verdict.approval : undefined;
  return {
    verdict,
    policies: matchPolicies(access, question.proposal).map(({ name }) => name),
    groups: [...question.groups.keys()].filter((name) => isIn(question, name, question.requester)),
    steps: (approval?.steps ?? []).map((step) => ({
      name: step.name,
      count: step.count,
      stage: step.stage,
      because: step.because,
      people: (approval ? approversOf(approval, step) : []).map((person) => ({
        person,
        groups: step.groups.filter((group) => isIn(question, group, person)),
      })),
      lacksLastEditor: lacksLastEditor(access, question, verdict, step.name),
    })),
    rules: explainRules(access, question, verdict),
    directories: explainDirectories(access, question),
    ...(verdict.status === "decided"
      ? { waiting: steppingIn(access, question, verdict, delegations, now) }
      : {}),
    ...(verdict.status === "decided" && access.breakGlass
      ? { breakGlass: mayBreakGlass(access, question, now) }
      : {}),
  };
}

function lacksLastEditor(access: Access, { proposal }: Question, verdict: Verdict, step: string): boolean {
  const excluded = verdict.status === "decided" ? verdict.excluded.get(step) : undefined;
  const isExcluding = matchPolicies(access, proposal).some(({ approval }) => approval.lastEditor);
  return excluded === "everybody" && isExcluding && proposal.lastEditor === undefined;
}

function explainRules(access: Access, question: Question, verdict: Verdict): ExplainedRule[] {
  if (!question.facts)
    return (access.rules ?? []).map((rule) => {
      const { kind, expression } = readRule(rule);
      return { name: rule.name, kind, expression, said: "not-asked", holds: false, effect: effectOf(rule) };
    });
  const asked = askRules(access, question.facts);
  const overruled = verdict.status === "decided" ? whyNotAutomatic(access, question, asked) : undefined;
  return asked.map(({ rule, kind, expression, said, holds }) => ({
    name: rule.name,
    kind,
    expression,
    said,
    holds,
    ...(kind === "approve" && holds && overruled !== undefined ? { overruled } : {}),
    effect: effectOf(rule),
  }));
}

/** What keeps every rule from approving. */
function whyNotAutomatic(
  access: Access,
  { proposal }: Question,
  asked: readonly AskedRule[],
): string | undefined {
  const more = asked.find(({ kind, holds }) => kind === "require" && holds);
  if (more) return `the rule ${more.rule.name} adds a step`;
  const always = matchPolicies(access, proposal).find((policy) => policy.always);
  if (always) return `the policy ${always.name} always wants people`;
  return proposal.operation === "write" ? "people judge what a write changes" : undefined;
}

function explainDirectories(access: Access, { groups, requester, proposal }: Question): AskedDirectory[] {
  const { owner, dataSourceOwner } = proposal;
  const subject = { requester, owner, ...(dataSourceOwner === undefined ? {} : { dataSourceOwner }) };
  return [...groups].flatMap(([group, members]) => {
    const found = findGroup(access, group, subject);
    if (found.kind !== "asked") return [];
    const known =
      members.status === "known" ? ({ status: "known", people: members.value.length } as const) : members;
    return [{ group, source: nameOf(found.source), found: known }];
  });
}

function nameOf(source: GroupSource): string {
  switch (source.kind) {
    case "user-group":
      return `Slack user group ${source.userGroup}`;
    case "schedule":
      return `${source.schedule.provider} schedule ${source.schedule.schedule}`;
    case "manager":
      return "the requester’s manager";
  }
}

function isIn({ groups }: Question, name: string, person: PersonId): boolean {
  const found = groups.get(name);
  return found?.status === "known" && found.value.some((one) => certainlySamePerson(one, person));
}

function effectOf({ because, steps, limits }: AskedRule["rule"]): string {
  if (because !== undefined) return `refuses: ${because}`;
  if (steps) return `adds ${steps.map(stepWords).join(" and ")}`;
  return `approves without anybody, ${limits ? limitWords(limits) : "never"}`;
}

function stepWords({
  name,
  anyOf,
  allOf = [],
  count,
}: NonNullable<AskedRule["rule"]["steps"]>[number]): string {
  return `the step ${name} (${count} of ${anyOf ? anyOf.join(" or ") : `each of ${allOf.join(" and ")}`})`;
}
