import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import { whyNotThisQuery } from "../../src/policy/may-query.ts";
import { mayVote, whyNotApprovable } from "../../src/policy/may-vote.ts";
import { approversOf, isApproved, progressOf } from "../../src/request/approval.ts";
import { findContradiction } from "../../src/request/find-contradiction.ts";
import type { Request } from "../../src/request/request.ts";
import { submit, submitApproved } from "../../src/request/submit.ts";
import { castVote } from "../../src/request/vote.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import type { AccessRule } from "../../src/runbook/access-rule.ts";
import type { AccessStep } from "../../src/runbook/access-step.ts";
import type { PersonId } from "../../src/runbook/plan.ts";
import { aPlan, later, requester, T0 } from "../fixtures/a-request.ts";
import { anAccess, aPolicy, aQuestion, TEAM } from "./a-question.ts";

const person = (userId: string): PersonId => ({ teamId: TEAM, userId });
const groupNames = ["owners", "security", "finance"];

function withSteps(
  groups: Record<string, string[]>,
  steps: AccessStep[],
  order: "parallel" | "sequence" = "parallel",
): Access {
  return anAccess(groups, { policies: [aPolicy({ approval: { steps, order } })] });
}

function asked(access: Access): Request {
  const verdict = decide(access, aQuestion(access, { proposal: { approvers: groupNames } }));
  if (verdict.status !== "decided") throw new Error(`the policy says ${verdict.status}`);
  const { approval, pendingMinutes } = verdict;
  return submit({ plan: aPlan(), reason: "To see who decides", approval, pendingMinutes }, T0);
}

/** The vote as it goes through policy and request; the request stays as it is where it is refused. */
function vote(access: Access, request: Request, userId: string) {
  const by = person(userId);
  const question = aQuestion(access, { proposal: { approvers: groupNames } });
  const may = mayVote(access, request, by, question);
  const outcome =
    may.status === "refused" ? may : castVote(request, { by, decision: "approve" }, may.ballot, later(60));
  return outcome.status === "changed"
    ? { request: outcome.request, why: undefined }
    : { request, why: outcome.why };
}

const owner: AccessStep = { name: "owner", anyOf: ["owners"], count: 1 };
const security: AccessStep = { name: "security", anyOf: ["security"], count: 1 };

describe("two steps", () => {
  test("a person in both groups counts once, whichever step needs them (field failure 4)", () => {
    const access = withSteps({ owners: ["UA", "UB"], security: ["UA"] }, [owner, security]);
    const once = vote(access, asked(access), "UA").request;
    expect(once.state).toBe("pending");
    expect(vote(access, once, "UA").why).toMatchObject({ kind: "already-voted" });
    expect(vote(access, once, "UB").request.state).toBe("active");
  });

  test("a double click never counts for the next step (field failure 3)", () => {
    const access = withSteps({ owners: ["UA", "UC"], security: ["UA", "UB"] }, [owner, security], "sequence");
    const once = vote(access, asked(access), "UA").request;
    expect(vote(access, once, "UA")).toMatchObject({
      request: { state: "pending" },
      why: { kind: "already-voted" },
    });
  });

  test("in sequence only the people of the step that comes now may vote", () => {
    const access = withSteps({ owners: ["UA"], security: ["UB"] }, [owner, security], "sequence");
    const request = asked(access);
    expect(vote(access, request, "UB").why).toEqual({ kind: "not-your-turn", waitsFor: ["owner"] });
    const first = vote(access, request, "UA").request;
    expect(progressOf(first).map(({ isOpen }) => isOpen)).toEqual([false, true]);
    expect(vote(access, first, "UB").request.state).toBe("active");
  });

  test("one more vote than a step needs is refused, not wasted (field failure 4)", () => {
    const access = withSteps({ owners: ["UA", "UB"], security: ["UC"] }, [owner, security]);
    const once = vote(access, asked(access), "UA").request;
    expect(vote(access, once, "UB").why).toEqual({ kind: "step-complete", steps: ["owner"] });
    expect(vote(access, once, "UC").request.state).toBe("active");
  });

  test("who alone can approve the second step is not used up by the first", () => {
    const access = withSteps({ owners: ["UA", "UB"], security: ["UA"] }, [owner, security], "sequence");
    const request = asked(access);
    expect(vote(access, request, "UA").why).toEqual({ kind: "needed-later", step: "security" });
    const first = vote(access, request, "UB").request;
    expect(vote(access, first, "UA").request.state).toBe("active");
  });

  test("allOf needs people of each group", () => {
    const both: AccessStep = { name: "both", allOf: ["owners", "security"], count: 1 };
    const access = withSteps({ owners: ["UA", "UB"], security: ["UC"] }, [both]);
    const request = asked(access);
    expect(request.approval.steps?.map(({ name }) => name)).toEqual(["both (owners)", "both (security)"]);
    const once = vote(access, request, "UA").request;
    expect(vote(access, once, "UB").why).toMatchObject({ kind: "step-complete" });
    expect(vote(access, once, "UC").request.state).toBe("active");
  });

  test("a record that says otherwise than the votes is found before a run", () => {
    const access = withSteps({ owners: ["UA", "UB"], security: ["UC"] }, [owner, security]);
    const active = vote(access, vote(access, asked(access), "UA").request, "UC").request;
    expect(findContradiction(active)).toBeUndefined();
    const [first, ...rest] = active.votes;
    const forged = { ...active, votes: [{ ...first!, steps: ["security"] }, ...rest] };
    expect(findContradiction(forged)).toBeDefined();
    const loosened = { ...active.approval, steps: active.approval.steps?.slice(0, 1) ?? [] };
    expect(findContradiction({ ...active, approval: loosened })).toBeDefined();
  });
});

describe("a rule that approved (field failure 22)", () => {
  const files = withSteps({ owners: ["UA"] }, [owner]);
  const auto = { rule: "oncall", expression: "requester.onCall", facts: { "requester.onCall": "true" } };
  const approved = () => {
    const { plan, reason, approval } = asked(files);
    return submitApproved({ plan, reason, approval, pendingMinutes: 60 }, auto, T0);
  };

  test("starts the window in the write that submits, in nobody's name", () => {
    const request = approved();
    expect(request).toMatchObject({ state: "active", votes: [], grant: { startsAt: T0.toISOString() } });
    expect(request.events.map(({ fact, actor }) => [fact.type, actor.kind])).toEqual([
      ["request.submitted", "person"],
      ["request.auto-approved", "system"],
      ["request.approved", "system"],
      ["run.queued", "system"],
    ]);
    expect(findContradiction(request)).toBeUndefined();
  });

  test("can't be forged into a record, nor another rule put in its place", () => {
    const request = approved();
    const { auto: _, ...approval } = request.approval;
    expect(findContradiction({ ...request, approval })).toBeDefined();
    const other = { ...request.approval, auto: { ...auto, rule: "always" } };
    expect(findContradiction({ ...request, approval: other })).toBeDefined();
    const voted = vote(files, asked(files), "UA").request;
    expect(findContradiction({ ...voted, approval: { ...voted.approval, auto } })).toBeDefined();
  });
});

describe("a further query in an approved window", () => {
  const costly: AccessRule = {
    name: "costly",
    require: "plan.costUsd > 1.0",
    steps: [{ name: "finance", anyOf: ["finance"], count: 1 }],
  };
  const never: AccessRule = { name: "never", deny: "plan.scanBytes > 10", because: "too much" };

  test("is refused where a rule denies it, or wants a step for it that nobody approved", () => {
    const files = { ...withSteps({ owners: ["UA"], finance: ["UF"] }, [owner]), rules: [costly, never] };
    const request = vote({ ...files, rules: [] }, asked({ ...files, rules: [] }), "UA").request;
    const why = (plan: Record<string, number | bigint>) => {
      const question = aQuestion(files, { proposal: { approvers: groupNames }, facts: { plan } });
      return whyNotThisQuery(files, question, request)?.why;
    };
    expect(why({ costUsd: 0.5, scanBytes: 5n })).toBeUndefined();
    expect(why({ costUsd: 2, scanBytes: 5n })).toEqual({ kind: "needs-approval", steps: ["finance"] });
    expect(why({ costUsd: 0.5, scanBytes: 50n })).toMatchObject({ kind: "denied-by-rule", rule: "never" });
  });
});

describe("a policy that changes while a request waits (field failure 26)", () => {
  test("adds its new step, which is recorded once, and takes back no approval", () => {
    const before = withSteps({ owners: ["UA", "UB"], security: ["UC"] }, [{ ...owner, count: 2 }]);
    const after = withSteps({ owners: ["UB"], security: ["UC"] }, [owner, security]);
    const once = vote(before, asked(before), "UA").request;
    const twice = vote(after, once, "UB").request;
    expect(twice.state).toBe("pending");
    expect(twice.stricter?.steps?.map(({ name, count }) => [name, count])).toEqual([
      ["owner", 2],
      ["security", 1],
    ]);
    const active = vote(after, twice, "UC").request;
    expect(active.state).toBe("active");
    expect(active.events.filter(({ fact }) => fact.type === "policy.changed")).toHaveLength(1);
    expect(findContradiction(active)).toBeUndefined();
  });

  test("who left the group since then may not vote, nor who can't be known to be in it", () => {
    const before = withSteps({ owners: ["UA", "UB"] }, [owner]);
    const after = withSteps({ owners: ["UB"] }, [owner]);
    expect(vote(after, asked(before), "UA").why).toEqual({ kind: "not-an-approver" });
    const away = { ...before, groups: { ...before.groups, owners: { userGroup: "S0OWNERS" } } };
    expect(vote(away, asked(before), "UA").why).toMatchObject({ kind: "group-unavailable", group: "owners" });
  });

  test("a rule that denies now refuses the vote, and a denial is still taken", () => {
    const before = withSteps({ owners: ["UA"] }, [owner]);
    const rules: AccessRule[] = [{ name: "closed", deny: "plan.maxRows > 0", because: "not now" }];
    const after = { ...before, rules };
    const question = aQuestion(after, {
      proposal: { approvers: groupNames },
      facts: { plan: { maxRows: 1n } },
    });
    expect(whyNotApprovable(after, question, asked(before), T0)?.why).toMatchObject({
      kind: "denied-by-rule",
      rule: "closed",
    });
    expect(mayVote(after, asked(before), person("UA"), question).status).toBe("allowed");
  });

  test("a shorter time to live counts for what waits, to the moment", () => {
    const access = withSteps({ owners: ["UA"] }, [owner]);
    const policies = access.policies.map((policy) => ({ ...policy, pendingMinutes: 5 }));
    const shorter = { ...access, policies };
    const question = aQuestion(shorter, { proposal: { approvers: groupNames } });
    const why = (seconds: number) => whyNotApprovable(shorter, question, asked(access), later(seconds))?.why;
    expect(why(299.999)).toBeUndefined();
    expect(why(300)).toEqual({ kind: "lapsed", at: later(300).toISOString() });
  });

  test("a directory that is away is named where nobody could approve without it", () => {
    const access = withSteps({ owners: ["UA"] }, [owner, security]);
    const away = { ...access, groups: { ...access.groups, security: { userGroup: "S0SECURITY" } } };
    const question = aQuestion(away, { proposal: { approvers: groupNames } });
    expect(whyNotApprovable(away, question, { createdAt: T0.toISOString() }, T0)?.why).toMatchObject({
      kind: "group-unavailable",
      group: "security",
    });
  });

  test("who was added to a step since then may not vote on it", () => {
    const before = withSteps({ owners: ["UA"] }, [owner]);
    const after = withSteps({ owners: ["UA", "UNEW"] }, [owner]);
    expect(vote(after, asked(before), "UNEW").why).toEqual({ kind: "not-an-approver" });
  });
});

describe("any policy, memberships and votes", () => {
  const people = ["UA", "UB", "UC", "UD", requester.userId];
  const members = fc.subarray(people);
  const groups = fc.record({ owners: members, security: members, finance: members });
  const step = fc.record({
    kind: fc.constantFrom("anyOf" as const, "allOf" as const),
    of: fc.subarray(groupNames, { minLength: 1 }),
    count: fc.integer({ min: 1, max: 2 }),
  });
  const steps = fc
    .array(step, { minLength: 1, maxLength: 3 })
    .map((made) =>
      made.map(({ kind, of, count }, at): AccessStep => ({ name: `step-${at}`, [kind]: of, count })),
    );
  const order = fc.constantFrom("parallel" as const, "sequence" as const);
  const votes = fc.array(fc.constantFrom(...people), { maxLength: 12 });

  test("nothing becomes active without enough distinct allowed people for every step, none of them the requester", () => {
    let active = 0;
    fc.assert(
      fc.property(groups, groups, steps, order, votes, (before, after, made, inOrder, voters) => {
        const then = withSteps(before, made, inOrder);
        const now = withSteps(after, made, inOrder);
        let request = asked(then);
        voters.forEach((userId, at) => {
          request = vote(at % 2 === 0 ? then : now, request, userId).request;
        });
        if (request.state !== "active") return;
        active += 1;
        const used = new Set<string>();
        for (const { step: filled, by } of progressOf(request)) {
          expect(by.length).toBeGreaterThanOrEqual(filled.count);
          for (const one of by) {
            expect(one.userId).not.toBe(requester.userId);
            expect(used).not.toContain(one.userId);
            used.add(one.userId);
            expect(approversOf(request.approval, filled)).toContainEqual(one);
          }
        }
        expect(findContradiction(request)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
    expect(active).toBeGreaterThan(50);
  });

  test("where enough people are asked, asking everybody round by round always approves in the end", () => {
    fc.assert(
      fc.property(
        groups,
        steps,
        order,
        fc.shuffledSubarray(people, { minLength: people.length }),
        (of, made, inOrder, voters) => {
          const access = withSteps(of, made, inOrder);
          const verdict = decide(access, aQuestion(access, { proposal: { approvers: groupNames } }));
          fc.pre(verdict.status === "decided" && !verdict.lacking);
          let request = asked(access);
          for (let round = 0; round < people.length; round++)
            for (const userId of voters) request = vote(access, request, userId).request;
          expect(request.state).toBe("active");
          expect(isApproved(request)).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
