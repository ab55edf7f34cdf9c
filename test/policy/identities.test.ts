import { describe, expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import { isAdmin } from "../../src/policy/groups.ts";
import { mayEnd } from "../../src/policy/may-end.ts";
import { mayVote } from "../../src/policy/may-vote.ts";
import { approvalsOf } from "../../src/request/approval.ts";
import { castVote } from "../../src/request/vote.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import type { PersonId } from "../../src/runbook/plan.ts";
import { aRequest, lead, requester, T0 } from "../fixtures/a-request.ts";
import { anAccess, aPolicy, aQuestion } from "./a-question.ts";

const HOME = requester.teamId;
const elsewhere = (person: PersonId): PersonId => ({ ...person, teamId: "T0SECOND" });

function access(deciders: string[], count = 1): Access {
  const policies = [aPolicy({ approval: { approvers: ["deciders"], count } })];
  return anAccess({ deciders }, { policies, admins: ["deciders"] });
}

function asked(files: Access, by = requester) {
  return decide(files, aQuestion(files, { requester: by }));
}

describe("one person who is known to two workspaces", () => {
  test("is no approver of their own request under the other one", () => {
    const verdict = asked(access(["U0LEAD", "T0SECOND:U0ONCALL"]));
    expect(verdict).toMatchObject({ status: "decided", approval: { approvers: [lead] } });
    expect(verdict).not.toHaveProperty("lacking");
    expect(asked(access(["T0SECOND:U0ONCALL"]))).toMatchObject({ lacking: { available: 0 } });
  });

  test("is one of the people who could approve, never two", () => {
    const twice = ["U0LEAD", "T0SECOND:U0LEAD"];
    expect(asked(access(twice, 2))).toMatchObject({ lacking: { needed: 2, available: 1 } });
    expect(asked(access([...twice, "U0APPROVER2"], 2))).not.toHaveProperty("lacking");
  });

  test("can't decide what they asked for under the other, even where a list names them", () => {
    const request = aRequest();
    const self = elsewhere(requester);
    const files = access(["U0LEAD", "T0SECOND:U0ONCALL"]);
    const listed = { ...request, approval: { ...request.approval, approvers: [lead, self] } };
    expect(mayVote(files, listed, self, aQuestion(files))).toMatchObject({ why: { kind: "own-request" } });
    const vote = { by: self, decision: "approve" } as const;
    expect(castVote(listed, vote, { rule: "" }, T0)).toMatchObject({
      why: { kind: "own-request" },
    });
  });

  test("votes once", () => {
    const request = aRequest({ count: 2 });
    const policy = { rule: "" };
    const once = castVote(request, { by: lead, decision: "approve" }, policy, T0);
    if (once.status !== "changed") throw new Error("the first vote was refused");
    const again = { by: elsewhere(lead), decision: "approve" } as const;
    expect(castVote(once.request, again, policy, T0)).toMatchObject({ why: { kind: "already-voted" } });
    const votes = [lead, elsewhere(lead)].map((by) => ({ by, decision: "approve" as const, at: "" }));
    expect(approvalsOf({ ...request, votes })).toBe(1);
  });

  test("has the rights only of the identity that was given them", () => {
    const files = access(["U0LEAD"]);
    const request = aRequest();
    expect(asked(files, elsewhere(requester)).status).toBe("not-a-requester");
    expect(isAdmin(files, HOME, elsewhere(lead))).toBe(false);
    expect(mayVote(files, request, elsewhere(lead), aQuestion(files))).toMatchObject({
      why: { kind: "not-an-approver" },
    });
    expect(mayEnd(request, elsewhere(requester), false)).toMatchObject({ why: { kind: "not-yours" } });
    expect(mayEnd(request, elsewhere(lead), false)).toMatchObject({ why: { kind: "not-yours" } });
  });
});
