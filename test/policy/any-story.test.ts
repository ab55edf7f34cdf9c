import fc from "fast-check";
import { expect, test } from "vitest";
import { castBallots } from "../../src/policy/cast-ballots.ts";
import { decide } from "../../src/policy/decide.ts";
import { mayBreakGlass } from "../../src/policy/may-break-glass.ts";
import { cancel } from "../../src/request/close.ts";
import type { Delegation } from "../../src/request/delegation.ts";
import { findContradiction } from "../../src/request/find-contradiction.ts";
import type { Outcome } from "../../src/request/outcome.ts";
import type { Request, Vote } from "../../src/request/request.ts";
import { submit } from "../../src/request/submit.ts";
import { tidy } from "../../src/request/tidy.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import type { AccessStep } from "../../src/runbook/access-step.ts";
import type { PersonId, Plan } from "../../src/runbook/plan.ts";
import type { Question } from "../../src/policy/question.ts";
import { aPlan, later, requester, T0 } from "../fixtures/a-request.ts";
import { anAccess, aPolicy, aQuestion, TEAM } from "./a-question.ts";

/**
 * Everything that may decide a request, at random and together: steps, exclusions, a rule, escalation, delegation,
 * narrowing, second accounts, and a file that changes on the way. What then runs is judged by the files alone, in
 * the plainest words, and by nothing of the code that decided.
 */
const groupNames = ["owners", "security", "finance"];
const people = ["UA", "UB", "UC", "UD", "UE", "UF", "UG", requester.userId];
/** UD is a second account of UA, and UE one of the requester's. */
const subjects: Record<string, string> = {
  UA: "idp|a",
  UD: "idp|a",
  UE: "idp|r",
  [requester.userId]: "idp|r",
};
const human = (userId: string): string => subjects[userId] ?? userId;
const account = (userId: string): PersonId => ({
  teamId: TEAM,
  userId,
  ...(subjects[userId] === undefined ? {} : { subject: subjects[userId] }),
});

type File = {
  members: Record<string, string[]>;
  steps: AccessStep[];
  order: "parallel" | "sequence";
  delegates: string[];
  /** Whether the rule wants a step of finance more. */
  isCostly: boolean;
};

const members = fc.subarray(people, { minLength: 3 });
const file: fc.Arbitrary<File> = fc.record({
  members: fc.record({ owners: members, security: members, finance: members }),
  steps: fc
    .array(
      fc.record({
        anyOf: fc.subarray(groupNames, { minLength: 1 }),
        count: fc.integer({ min: 1, max: 2 }),
        exclude: fc.option(fc.constantFrom(...groupNames), { nil: undefined, freq: 1 }),
        escalateTo: fc.option(fc.constantFrom(...groupNames), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((made) =>
      made.map(({ anyOf, count, exclude, escalateTo }, at): AccessStep => ({
        name: `step-${at}`,
        anyOf,
        count,
        ...(exclude === undefined ? {} : { exclude: [exclude] }),
        ...(escalateTo === undefined ? {} : { escalate: { afterMinutes: 10, to: [escalateTo] } }),
      })),
    ),
  order: fc.constantFrom("parallel" as const, "sequence" as const),
  delegates: fc.subarray(people, { minLength: 5 }),
  isCostly: fc.boolean(),
});

/** The same for the most part: what changes wholly leaves nobody who was asked. */
const changed = (from: File): fc.Arbitrary<File> =>
  file.map((to) => ({
    ...from,
    members: { ...from.members, owners: to.members["owners"] ?? [] },
    delegates: to.delegates,
    isCostly: to.isCostly,
    steps: from.steps.map((step, at) => to.steps[at] ?? step),
  }));

const files = file.chain((then) => fc.tuple(fc.constant(then), changed(then)));

const rule = {
  name: "costly",
  require: "plan.maxRows > 50",
  steps: [{ name: "payer", anyOf: ["finance"], count: 1 }],
};

function accessOf({ members: of, steps, order, delegates }: File): Access {
  return anAccess(
    { ...of, delegates },
    {
      policies: [aPolicy({ approval: { steps, order } })],
      rules: [rule],
      delegation: { to: ["delegates"] },
    },
  );
}

function questionOf(made: File): Question {
  const question = aQuestion(accessOf(made), {
    requester: account(requester.userId),
    proposal: { approvers: groupNames },
    facts: { plan: { maxRows: made.isCostly ? 100n : 10n } },
  });
  const linked = [...question.groups].map(
    ([name, group]) =>
      [
        name,
        group.status === "known"
          ? { ...group, value: group.value.map(({ userId }) => account(userId)) }
          : group,
      ] as const,
  );
  return { ...question, groups: new Map(linked) };
}

type Act =
  | { kind: "vote"; by: string; decision: "approve" | "deny"; less: boolean }
  | { kind: "wait"; minutes: number }
  | { kind: "change" }
  | { kind: "cancel"; by: string };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant("vote" as const),
      by: fc.constantFrom(...people),
      decision: fc.constantFrom(
        "approve" as const,
        "approve" as const,
        "approve" as const,
        "approve" as const,
        "deny" as const,
      ),
      less: fc.nat(3).map((one) => one === 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 25 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "change" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("cancel" as const), by: fc.constantFrom(...people) }),
  },
);
const pairs = fc.array(fc.tuple(fc.constantFrom(...people), fc.constantFrom(...people)), {
  minLength: 3,
  maxLength: 8,
});

test("nothing runs without enough distinct people whom the files allow, whatever else happens on the way", () => {
  const seen = { active: 0, delegated: 0, narrowed: 0, escalated: 0, stricter: 0 };
  fc.assert(
    fc.property(files, pairs, fc.array(act, { minLength: 6, maxLength: 24 }), ([then, after], away, acts) => {
      const story = play(then, after, away, acts);
      if (!story || story.request.state !== "active") return;
      const { request } = story;
      seen.active += 1;
      seen.delegated += request.votes.some(({ delegatedBy }) => delegatedBy) ? 1 : 0;
      seen.narrowed += request.wider ? 1 : 0;
      seen.escalated += request.escalated ? 1 : 0;
      seen.stricter += request.stricter ? 1 : 0;
      judge(story, then, away);
    }),
    { numRuns: 1_200 },
  );
  // A property that is never put to the test holds of anything.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(3);
});

type Story = { request: Request; fileAt: (at: string) => File };

function play(
  then: File,
  after: File,
  away: readonly (readonly [string, string])[],
  acts: readonly Act[],
): Story | undefined {
  const verdict = decide(accessOf(then), questionOf(then));
  if (verdict.status !== "decided" || verdict.lacking) return undefined;
  const { approval, pendingMinutes } = verdict;
  const plan: Plan = { ...aPlan(), requester: account(requester.userId), narrowing: ["duration"] };
  let request = submit({ plan, reason: "To see who decides", approval, pendingMinutes }, T0);
  let current = then;
  let seconds = 1;
  const changes: { at: string; to: File }[] = [];
  for (const one of acts) {
    seconds += one.kind === "wait" ? one.minutes * 60 : 1;
    const now = later(seconds);
    const tidied = tidy(request, undefined, now);
    if (tidied.status === "changed") request = tidied.request;
    if (request.state !== "pending") break;
    if (one.kind === "change") {
      current = after;
      changes.push({ at: now.toISOString(), to: after });
    }
    const outcome = doIt(one, request, current, away, now);
    if (outcome?.status === "changed") request = outcome.request;
  }
  return { request, fileAt: (at) => changes.findLast((change) => change.at <= at)?.to ?? then };
}

function doIt(
  one: Act,
  request: Request,
  current: File,
  away: readonly (readonly [string, string])[],
  now: Date,
): Outcome | undefined {
  if (one.kind === "cancel") return cancel(request, account(one.by), now);
  if (one.kind !== "vote") return undefined;
  const { grant } = request.plan;
  const less = { ...request.plan, grant: { ...grant, durationMinutes: grant.durationMinutes - 1 } };
  return castBallots(
    { access: accessOf(current), question: questionOf(current), delegations: away.map(delegation), now },
    request,
    { by: account(one.by), decision: one.decision, reason: "no" },
    one.less && one.decision === "approve" ? less : undefined,
  );
}

function delegation([from, to]: readonly [string, string]): Delegation {
  return {
    delegator: account(from),
    delegate: account(to),
    startsAt: T0.toISOString(),
    endsAt: later(40 * 60).toISOString(),
  };
}

/** By the files of the request and of the last vote: enough people for each step, by nobody's right twice. */
function judge({ request, fileAt }: Story, then: File, away: readonly (readonly [string, string])[]): void {
  const { votes, grant, plan } = request;
  expect(findContradiction(request)).toBeUndefined();
  expect(Date.parse(grant?.endsAt ?? "") - Date.parse(grant?.startsAt ?? "")).toBe(
    plan.grant.durationMinutes * 60_000,
  );
  expect(plan.grant.durationMinutes).toBe(15 - (request.wider?.length ?? 0));
  expect(new Set(votes.map(({ by }) => human(by.userId))).size).toBe(votes.length);
  for (const vote of votes) {
    expect(Date.parse(vote.at)).toBeLessThan(later(60 * 60).getTime());
    for (const userId of eyes(vote)) expect(human(userId)).not.toBe(human(requester.userId));
    if (!vote.delegatedBy) continue;
    expect(away).toContainEqual([vote.delegatedBy.person.userId, vote.by.userId]);
    expect(fileAt(vote.at).delegates).toContain(vote.by.userId);
    expect(vote.at < later(40 * 60).toISOString()).toBe(true);
  }
  const last = fileAt(votes.at(-1)?.at ?? "");
  for (const asked of [then, last]) {
    const steps = stepsOf(asked);
    const mayFill = (vote: Vote, step: AccessStep) =>
      [then, fileAt(vote.at)].every((made) => allows(made, step.name, vote));
    expect(canFill(steps, votes, mayFill)).toBe(true);
  }
}

function eyes({ by, delegatedBy }: Vote): string[] {
  return [by.userId, ...(delegatedBy ? [delegatedBy.person.userId] : [])];
}

function stepsOf({ steps, isCostly }: File): AccessStep[] {
  return isCostly ? [...steps, { name: "payer", anyOf: ["finance"], count: 1 }] : steps;
}

/** Whether whose right it is is in the step's groups by that file, and nobody who looked is excluded; a file without the step forbids nothing. */
function allows(made: File, name: string, vote: Vote): boolean {
  const step = stepsOf(made).find((one) => one.name === name);
  if (!step) return true;
  const right = (vote.delegatedBy?.person ?? vote.by).userId;
  const waited = Date.parse(vote.at) - T0.getTime() >= 10 * 60_000;
  const groups = [...(step.anyOf ?? []), ...(waited ? (step.escalate?.to ?? []) : [])];
  const isIn = groups.some((group) => made.members[group]?.includes(right));
  const excluded = (step.exclude ?? []).flatMap((group) => made.members[group] ?? []).map(human);
  return isIn && eyes(vote).every((userId) => !excluded.includes(human(userId)));
}

/** Tries every way of giving each vote one place. */
function canFill(
  steps: readonly AccessStep[],
  votes: readonly Vote[],
  mayFill: (vote: Vote, step: AccessStep) => boolean,
): boolean {
  const [vote, ...rest] = votes;
  if (!vote) return steps.every(({ count }) => count <= 0);
  if (canFill(steps, rest, mayFill)) return true;
  return steps.some((step) => {
    if (step.count <= 0 || !mayFill(vote, step)) return false;
    const one = steps.map((other) => (other === step ? { ...step, count: step.count - 1 } : other));
    return canFill(one, rest, mayFill);
  });
}

test("nobody breaks the glass who is not named for it, or whom nobody else could review", () => {
  let allowed = 0;
  fc.assert(
    fc.property(members, members, fc.constantFrom(...people), (responders, reviewers, who) => {
      const access = anAccess(
        { responders, reviewers },
        {
          breakGlass: {
            groups: ["responders"],
            runbooks: ["orders-*"],
            maxMinutes: 15,
            channel: "C0SECURITY",
            reviewers: ["reviewers"],
            reviewHours: 24,
          },
        },
      );
      const question = aQuestion(access, { requester: account(who) });
      const groups = [...question.groups].map(
        ([name, group]) =>
          [
            name,
            group.status === "known"
              ? { ...group, value: group.value.map(({ userId }) => account(userId)) }
              : group,
          ] as const,
      );
      const may = mayBreakGlass(access, { ...question, groups: new Map(groups) }, T0);
      const isFine = responders.includes(who) && reviewers.some((one) => human(one) !== human(who));
      expect(may.status === "allowed").toBe(isFine);
      if (may.status !== "allowed") return;
      allowed += 1;
      expect(may.breakGlass.reviewers.map(({ userId }) => human(userId))).not.toContain(human(who));
    }),
  );
  expect(allowed).toBeGreaterThan(10);
});
