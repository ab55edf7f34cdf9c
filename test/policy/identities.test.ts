import { describe, expect, test } from "vitest";
import { mayAsk, type Proposal } from "../../src/policy/approval.ts";
import { isAdmin } from "../../src/policy/groups.ts";
import { mayEnd } from "../../src/policy/may-end.ts";
import { mayVote } from "../../src/policy/may-vote.ts";
import { approvalsOf, castVote } from "../../src/request/vote.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import type { PersonId } from "../../src/runbook/plan.ts";
import { aRequest, lead, requester, T0 } from "../fixtures/a-request.ts";

const HOME = requester.teamId;
const elsewhere = (person: PersonId): PersonId => ({ ...person, teamId: "T0SECOND" });

const proposal: Proposal = {
  runbook: "orders-by-id",
  requesters: ["askers"],
  approvers: ["deciders"],
  minRequiredApprovals: 1,
  timeoutSeconds: 3600,
  maxDurationMinutes: 60,
};

function access(deciders: string[], count = 1): Access {
  return {
    groups: { askers: { members: ["U0ONCALL"] }, deciders: { members: deciders } },
    admins: ["deciders"],
    policies: [
      {
        name: "orders",
        runbooks: ["orders-*"],
        requesters: ["askers"],
        approval: { approvers: ["deciders"], count },
        pendingMinutes: 60,
        maxDurationMinutes: 60,
        channel: "C0APPROVALS",
        allowPreview: false,
      },
    ],
  };
}

describe("one person who is known to two workspaces", () => {
  test("is no approver of their own request under the other one", () => {
    const verdict = mayAsk(access(["U0LEAD", "T0SECOND:U0ONCALL"]), HOME, proposal, requester);
    expect(verdict).toMatchObject({ status: "allowed", rules: { approval: { approvers: [lead] } } });
    expect(mayAsk(access(["T0SECOND:U0ONCALL"]), HOME, proposal, requester)).toMatchObject({
      status: "nobody-can-approve",
      available: 0,
    });
  });

  test("is one of the people who could approve, never two", () => {
    const twice = ["U0LEAD", "T0SECOND:U0LEAD"];
    expect(mayAsk(access(twice, 2), HOME, proposal, requester)).toMatchObject({
      status: "nobody-can-approve",
      needed: 2,
      available: 1,
    });
    expect(mayAsk(access([...twice, "U0APPROVER2"], 2), HOME, proposal, requester)).toMatchObject({
      status: "allowed",
    });
  });

  test("can't decide what they asked for under the other, even where a list names them", () => {
    const request = aRequest();
    const self = elsewhere(requester);
    const listed = { ...request, approval: { ...request.approval, approvers: [lead, self] } };
    expect(mayVote(listed, self, [lead, self])).toMatchObject({ why: { kind: "own-request" } });
    const vote = { by: self, decision: "approve" } as const;
    expect(castVote(listed, vote, { rule: "", count: 1 }, T0)).toMatchObject({
      why: { kind: "own-request" },
    });
  });

  test("votes once", () => {
    const request = aRequest({ count: 2 });
    const policy = { rule: "", count: 2 };
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
    expect(mayAsk(files, HOME, proposal, elsewhere(requester)).status).toBe("not-a-requester");
    expect(isAdmin(files, HOME, elsewhere(lead))).toBe(false);
    expect(mayVote(request, elsewhere(lead), [elsewhere(lead)])).toMatchObject({
      why: { kind: "not-an-approver" },
    });
    expect(mayEnd(request, elsewhere(requester), false)).toMatchObject({ why: { kind: "not-yours" } });
    expect(mayEnd(request, elsewhere(lead), false)).toMatchObject({ why: { kind: "not-yours" } });
  });
});
