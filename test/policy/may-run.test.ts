import { describe, expect, test } from "vitest";
import type { Proposal } from "../../src/policy/approval.ts";
import { mayRun } from "../../src/policy/may-run.ts";
import { castVote } from "../../src/request/vote.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import { aRequest, later, lead, requester, T0 } from "../fixtures/a-request.ts";

const proposal: Proposal = {
  runbook: "orders-by-id",
  requesters: ["askers"],
  approvers: ["deciders"],
  minRequiredApprovals: 1,
  timeoutSeconds: 3600,
  maxDurationMinutes: 60,
};

function access({ askers, minutes }: { askers: string[]; minutes: number }): Access {
  const policy = {
    name: "orders",
    runbooks: ["orders-*"],
    requesters: ["askers"],
    approval: { approvers: ["deciders"], count: 1 },
    pendingMinutes: 60,
    maxDurationMinutes: minutes,
    channel: "C0APPROVALS",
    allowPreview: false,
  };
  return {
    groups: { askers: { members: askers }, deciders: { members: [] } },
    admins: [],
    policies: [policy],
  };
}

function granted() {
  const outcome = castVote(aRequest(), { by: lead, decision: "approve" }, { rule: "", count: 1 }, T0);
  if (outcome.status !== "changed") throw new Error("the vote was refused");
  return outcome.request;
}

function asked(files: Access, seconds: number) {
  return mayRun(files, requester.teamId, proposal, granted(), later(seconds)).status;
}

describe("what was approved", () => {
  test("may run as long as the policy would still let its requester ask", () => {
    expect(asked(access({ askers: ["U0ONCALL"], minutes: 60 }), 60)).toBe("allowed");
    expect(asked(access({ askers: [], minutes: 60 }), 60)).toBe("no-longer-allowed");
    expect(asked(access({ askers: ["T0SECOND:U0ONCALL"], minutes: 60 }), 60)).toBe("no-longer-allowed");
    expect(asked({ ...access({ askers: ["U0ONCALL"], minutes: 60 }), policies: [] }, 60)).toBe(
      "no-longer-allowed",
    );
  });

  test("may run for as long as the policy gives now, to the moment", () => {
    const files = access({ askers: ["U0ONCALL"], minutes: 5 });
    expect(asked(files, 299.999)).toBe("allowed");
    expect(asked(files, 300)).toBe("no-longer-allowed");
  });
});
