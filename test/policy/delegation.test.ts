import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import { delegatedBallots, standIns } from "../../src/policy/delegated-ballots.ts";
import { whyNotDelegate } from "../../src/policy/may-delegate.ts";
import { mayVote } from "../../src/policy/may-vote.ts";
import { progressOf } from "../../src/request/approval.ts";
import type { Delegation } from "../../src/request/delegation.ts";
import { findContradiction } from "../../src/request/find-contradiction.ts";
import { type Outcome, refused } from "../../src/request/outcome.ts";
import type { Request } from "../../src/request/request.ts";
import { submit } from "../../src/request/submit.ts";
import { tidy } from "../../src/request/tidy.ts";
import { castVote } from "../../src/request/vote.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import type { AccessStep } from "../../src/runbook/access-step.ts";
import type { PersonId } from "../../src/runbook/plan.ts";
import { aPlan, later, requester, T0 } from "../fixtures/a-request.ts";
import { anAccess, aPolicy, aQuestion, TEAM } from "./a-question.ts";

const person = (userId: string): PersonId => ({ teamId: TEAM, userId });
const minute = (minutes: number) => later(minutes * 60).toISOString();
const away = (delegator: string, delegate: string, startsAt = 0, endsAt = 600): Delegation => ({
  delegator: person(delegator),
  delegate: person(delegate),
  startsAt: minute(startsAt),
  endsAt: minute(endsAt),
});

const owner: AccessStep = { name: "owner", anyOf: ["owners"], count: 1 };
const proposal = { approvers: ["owners", "chiefs", "security"] };

function withSteps(
  groups: Record<string, string[]>,
  steps: AccessStep[] = [owner],
  more: Partial<Access> = {},
): Access {
  return anAccess(
    { owners: [], chiefs: [], security: [], delegates: [], ...groups },
    { policies: [aPolicy({ approval: { steps } })], delegation: { to: ["delegates"] }, ...more },
  );
}

function asked(access: Access): Request {
  const verdict = decide(access, aQuestion(access, { proposal }));
  if (verdict.status !== "decided") throw new Error(`the policy says ${verdict.status}`);
  const { approval, pendingMinutes } = verdict;
  return submit({ plan: aPlan(), reason: "To see who decides", approval, pendingMinutes }, T0);
}

/** The vote as the use case has it, by own right or by a delegation. */
function vote(
  access: Access,
  request: Request,
  userId: string,
  delegations: Delegation[],
  at = 1,
  decision: "approve" | "deny" = "approve",
) {
  const by = person(userId);
  const now = later(at * 60);
  const question = aQuestion(access, { proposal });
  const own = mayVote(access, request, by, question);
  const ballots = [
    ...(own.status === "allowed" ? [own.ballot] : []),
    ...delegatedBallots(access, request, by, question, delegations, now),
  ];
  const outcomes: Outcome[] = ballots.map((ballot) => castVote(request, { by, decision }, ballot, now));
  const [first = refused({ kind: "not-an-approver" })] = outcomes;
  const outcome = outcomes.find(({ status }) => status === "changed") ?? first;
  return outcome.status === "changed"
    ? { request: outcome.request, why: undefined }
    : { request, why: outcome.why };
}

describe("a delegate", () => {
  const groups = { owners: ["UA", "UB"], delegates: ["UD", "UA", "UB", requester.userId] };

  test("approves where the delegator is an approver, counts as one person, and the record says for whom", () => {
    const access = withSteps(groups);
    const { request } = vote(access, asked(access), "UD", [away("UA", "UD")]);
    expect(request.state).toBe("active");
    const delegatedBy = { person: person("UA"), until: minute(600) };
    expect(request.votes).toMatchObject([{ by: person("UD"), steps: ["owner"], delegatedBy }]);
    expect(request.events[1]?.fact).toMatchObject({ type: "vote.approved", delegatedBy });
    expect(progressOf(request).flatMap(({ by }) => by)).toEqual([person("UD")]);
    expect(findContradiction(request)).toBeUndefined();
  });

  test("denies for them too", () => {
    const access = withSteps(groups);
    const { request } = vote(access, asked(access), "UD", [away("UA", "UD")], 1, "deny");
    expect(request.state).toBe("denied");
    expect(request.votes).toMatchObject([{ by: person("UD"), delegatedBy: { person: person("UA") } }]);
  });

  test.each<
    [string, Delegation[], Partial<{ at: number; groups: Record<string, string[]>; delegation: null }>]
  >([
    ["before it begins", [away("UA", "UD", 5)], {}],
    ["after it ended", [away("UA", "UD", 0, 5)], { at: 5 }],
    ["for somebody who approves nothing", [away("UX", "UD")], {}],
    ["for somebody who left the group since", [away("UA", "UD")], { groups: { owners: ["UB"] } }],
    ["out of the groups that may be delegated to", [away("UA", "UD")], { groups: { delegates: [] } }],
    ["where the file allows no delegation", [away("UA", "UD")], { delegation: null }],
    ["whom somebody else than the delegator named", [away("UA", "UZ")], {}],
    ["of a delegate: it is never passed on", [away("UA", "UX"), away("UX", "UD")], {}],
    ["for the requester", [away(requester.userId, "UD")], { groups: { owners: ["UB", requester.userId] } }],
  ])("approves nothing %s", (_, delegations, more) => {
    const request = asked(withSteps(groups));
    const { delegation: _d, ...rest } = withSteps({ ...groups, ...more.groups });
    const access: Access = more.delegation === null ? rest : { ...rest, delegation: { to: ["delegates"] } };
    expect(vote(access, request, "UD", delegations, more.at ?? 1).why).toMatchObject({
      kind: "not-an-approver",
    });
  });

  test("who asked does not approve by anybody’s delegation", () => {
    const access = withSteps(groups);
    const { why } = vote(access, asked(access), requester.userId, [away("UA", requester.userId)]);
    expect(why).toBeDefined();
    // And not by the write alone either, should the ballot come from elsewhere.
    const until = minute(600);
    for (const [by, delegator] of [
      [requester, person("UA")],
      [person("UD"), requester],
    ] as const) {
      const ballot = { rule: "forged", delegatedBy: { person: delegator, until } };
      expect(castVote(asked(access), { by, decision: "approve" }, ballot, later(60))).toMatchObject({
        why: { kind: "own-request" },
      });
    }
  });

  test("whom a step excludes does not decide it for somebody else", () => {
    const step = { ...owner, exclude: ["requester-team"] };
    const access = withSteps({ ...groups, delegates: ["UD"] }, [step]);
    const team = { ...access.groups, crew: { members: [requester.userId, "UD"], team: true as const } };
    const inTeam = { ...access, groups: team };
    expect(vote(inTeam, asked(inTeam), "UD", [away("UA", "UD")]).why).toMatchObject({
      kind: "not-an-approver",
    });
    const other = {
      ...access,
      groups: { ...team, crew: { members: [requester.userId], team: true as const } },
    };
    expect(vote(other, asked(other), "UD", [away("UA", "UD")]).request.state).toBe("active");
  });
});

describe("a step that was asked for with an exclusion", () => {
  const groups = { owners: ["UA", "UB"], delegates: ["UD"], security: ["UD"] };
  const strict = withSteps(groups, [{ ...owner, exclude: ["security"] }]);

  test.each<[string, Access]>([
    ["excludes them no more", withSteps(groups)],
    ["excludes others instead", withSteps(groups, [{ ...owner, exclude: ["chiefs"] }])],
    ["has another name", withSteps(groups, [{ ...owner, name: "keeper" }])],
  ])("is not decided for its people by whom it excluded, although it %s since then", (_, changed) => {
    expect(vote(strict, asked(strict), "UD", [away("UA", "UD")]).why).toBeDefined();
    const { votes } = vote(changed, asked(strict), "UD", [away("UA", "UD")]).request;
    expect(votes.flatMap(({ steps }) => steps)).not.toContain("owner");
    // Who it was asked of decides it as before.
    expect(vote(changed, asked(strict), "UA", []).request.votes).toHaveLength(1);
  });

  test("is not decided by a last editor who was excluded then", () => {
    const withEditor = (access: Access, lastEditor: "exclude" | undefined): Access => ({
      ...access,
      policies: access.policies.map((policy) => ({
        ...policy,
        approval: { ...policy.approval, ...(lastEditor ? { lastEditor } : {}) },
      })),
    });
    const plain = withSteps(groups);
    const then = withEditor(plain, "exclude");
    const question = aQuestion(then, { proposal: { ...proposal, lastEditor: "UD" } });
    const verdict = decide(then, question);
    if (verdict.status !== "decided") throw new Error(verdict.status);
    const { approval, pendingMinutes } = verdict;
    const request = submit({ plan: aPlan(), reason: "By its editor", approval, pendingMinutes }, T0);
    expect(vote(plain, request, "UD", [away("UA", "UD")]).request.votes).toEqual([]);
  });
});

describe("four eyes cover both", () => {
  const two = { ...owner, count: 2 };
  const groups = { owners: ["UA", "UB", "UC"], delegates: ["UA", "UB", "UD", "UE"] };

  test.each<[string, [voter: string, delegations: Delegation[]][]]>([
    [
      "the delegator after the delegate",
      [
        ["UD", [away("UA", "UD")]],
        ["UA", [away("UA", "UD")]],
      ],
    ],
    [
      "the delegate after the delegator",
      [
        ["UA", [away("UA", "UD")]],
        ["UD", [away("UA", "UD")]],
      ],
    ],
    [
      "a second delegate of one person",
      [
        ["UD", [away("UA", "UD")]],
        ["UE", [away("UA", "UE")]],
      ],
    ],
    [
      "one delegate for two people",
      [
        ["UD", [away("UA", "UD"), away("UB", "UD")]],
        ["UD", [away("UB", "UD")]],
      ],
    ],
    [
      "a delegate who approves by their own right too",
      [
        ["UA", [away("UB", "UA")]],
        ["UA", [away("UB", "UA")]],
      ],
    ],
  ])("%s is no second person in the step", (_, votes) => {
    const access = withSteps(groups, [two]);
    let request = asked(access);
    const whys = votes.map(([voter, delegations]) => {
      const cast = vote(access, request, voter, delegations);
      request = cast.request;
      return cast.why?.kind;
    });
    expect(whys[0]).toBeUndefined();
    expect(["voted-as-one", "already-voted"]).toContain(whys[1]);
    expect(request.state).toBe("pending");
    expect(vote(access, request, "UC", []).request.state).toBe("active");
  });

  test("the delegator may still decide another step", () => {
    const security: AccessStep = { name: "security", anyOf: ["security"], count: 1 };
    const access = withSteps({ owners: ["UA"], security: ["UA", "UB"], delegates: ["UD"] }, [
      { ...owner },
      { ...security, exclude: ["delegates"] },
    ]);
    const once = vote(access, asked(access), "UD", [away("UA", "UD")]).request;
    expect(once.votes.map(({ steps }) => steps)).toEqual([["owner"]]);
    expect(vote(access, once, "UA", []).request.state).toBe("active");
  });

  test("a delegate may approve an escalated step for one of its further people, and only then", () => {
    const step = { ...owner, escalate: { afterMinutes: 10, to: ["chiefs"] } };
    const access = withSteps({ owners: ["UA"], chiefs: ["UC"], delegates: ["UD"] }, [step]);
    const request = asked(access);
    expect(vote(access, request, "UD", [away("UC", "UD")]).why).toMatchObject({ kind: "not-an-approver" });
    const tidied = tidy(request, undefined, later(600));
    if (tidied.status !== "changed") throw new Error("it did not escalate");
    expect(vote(access, tidied.request, "UD", [away("UC", "UD")], 11).request.state).toBe("active");
    expect(vote(access, tidied.request, "UC", [], 60).why).toMatchObject({ kind: "lapsed" });
  });
});

describe("an escalation as the policy has it", () => {
  const step = { ...owner, escalate: { afterMinutes: 10, to: ["chiefs"] } };
  const groups = { owners: ["UA"], chiefs: ["UA", "UC", requester.userId] };
  const escalated = (access: Access) => {
    const tidied = tidy(asked(access), undefined, later(600));
    return tidied.status === "changed" ? tidied.request : asked(access);
  };

  test("asks whoever is new in the next groups, never the requester", () => {
    expect(asked(withSteps(groups, [step])).approval.steps?.[0]?.escalate).toEqual({
      afterMinutes: 10,
      groups: ["chiefs"],
      people: [person("UC")],
    });
  });

  test("leads to groups of the runbook alone, and of policies to those that all of them name", () => {
    const access = withSteps(groups, [step]);
    const narrow = aQuestion(access, { proposal: { approvers: ["owners"] } });
    const verdict = decide(access, narrow);
    expect(verdict.status === "decided" && verdict.approval.steps[0]).not.toHaveProperty("escalate");
    const other = aPolicy({ name: "other", approval: { steps: [owner] } });
    const both = { ...access, policies: [...access.policies, other] };
    expect(asked(both).approval.steps?.[0]).not.toHaveProperty("escalate");
  });

  test("asks the file of now again at the vote", () => {
    const access = withSteps(groups, [step]);
    const request = escalated(access);
    expect(vote(access, request, "UC", [], 11).request.state).toBe("active");
    for (const changed of [withSteps({ ...groups, chiefs: ["UB"] }, [step]), withSteps(groups, [owner])])
      expect(vote(changed, request, "UC", [], 11).why).toMatchObject({ kind: "not-an-approver" });
  });
});

test("whoever could stand in is shown when the request is made", () => {
  const access = withSteps({ owners: ["UA"], delegates: ["UD"] });
  const question = aQuestion(access, { proposal });
  const all = [away("UA", "UD"), away("UX", "UD"), away("UA", "UZ"), away("UA", "UD", 5)];
  expect(standIns(access, question, asked(access).approval, all, T0)).toEqual([all[0]]);
});

describe("what may be delegated", () => {
  const access = withSteps({ delegates: ["UD"] });
  const day = 1440;
  test.each<[string, Delegation, string | undefined]>([
    ["a day", away("UA", "UD", 0, day), undefined],
    ["30 days", away("UA", "UD", 0, 30 * day), undefined],
    ["more than 30 days", away("UA", "UD", 0, 30 * day + 1), "too-long"],
    ["30 days that begin later", away("UA", "UD", 10 * day, 40 * day), undefined],
    ["days a long time ahead", away("UA", "UD", 31 * day, 32 * day), "too-long"],
    ["a long time that began in the past", away("UA", "UD", -10 * day, 31 * day), "too-long"],
    ["a time that is over", away("UA", "UD", -10, 0), "over"],
    ["an end before its beginning", away("UA", "UD", 20, 10), "over"],
    ["to oneself", away("UD", "UD"), "yourself"],
    ["to somebody in none of the groups", away("UA", "UX"), "not-in-group"],
  ])("%s", (_, delegation, kind) => {
    const { groups } = aQuestion(access);
    expect(whyNotDelegate(access, delegation, groups, T0)?.kind).toBe(kind);
  });
});

test("whatever is delegated to whom, no grant starts without so many people that share nobody’s right", () => {
  const people = ["UA", "UB", "UC", "UD"] as const;
  const one = fc.constantFrom(...people);
  const access = withSteps({ owners: ["UA", "UB", "UC"], delegates: [...people] }, [{ ...owner, count: 2 }]);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(one, one), { maxLength: 5 }),
      fc.array(one, { maxLength: 6 }),
      (pairs, voters) => {
        const delegations = pairs.map(([from, to]) => away(from, to));
        let request = asked(access);
        for (const voter of voters) request = vote(access, request, voter, delegations).request;
        const used = request.votes.flatMap(({ by, delegatedBy }) => [
          by,
          ...(delegatedBy ? [delegatedBy.person] : []),
        ]);
        expect(new Set(used.map(({ userId }) => userId)).size).toBe(used.length);
        if (request.state === "active") {
          expect(request.votes).toHaveLength(2);
          expect(findContradiction(request)).toBeUndefined();
        }
      },
    ),
  );
});
