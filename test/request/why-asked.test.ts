import { describe, expect, test } from "vitest";
import { leftFor, waitsFor, whyAsked } from "../../src/request/why-asked.ts";
import type { Approval, Request } from "../../src/request/request.ts";
import { approver2, lead, later, requester } from "../fixtures/a-request.ts";
import { aPending } from "../slack/lives.ts";

const security = { teamId: requester.teamId, userId: "U0SECURITY" };

/** `owner` is decided by the lead or the second approver, then `keeper` by the lead or by security. */
function request(more: Partial<Request> = {}): Request {
  const approval: Approval = {
    ...aPending().approval,
    approvers: [lead, approver2, security],
    count: 2,
    steps: [
      { name: "owner", stage: 0, groups: ["owners"], approvers: [0, 1], count: 1, because: ["policy a"] },
      {
        name: "keeper",
        stage: 1,
        groups: ["keepers"],
        approvers: [0, 2],
        count: 1,
        because: ["rule b: true"],
      },
    ],
  };
  return { ...aPending(), approval, ...more };
}

const approvedBy = (by: typeof lead, ...steps: string[]) => ({
  by,
  decision: "approve" as const,
  at: later(1).toISOString(),
  steps,
});

describe("why somebody is asked", () => {
  test("by each of their steps, whose turn it is, and what is missing", () => {
    expect(whyAsked(request(), lead)).toEqual([
      { step: "owner", groups: ["owners"], because: ["policy a"], turn: "now", missing: 1 },
      { step: "keeper", groups: ["keepers"], because: ["rule b: true"], turn: "later", missing: 1 },
    ]);
    const half = request({ votes: [approvedBy(approver2, "owner")] });
    expect(whyAsked(half, lead).map(({ turn }) => turn)).toEqual(["complete", "now"]);
  });

  test("nobody is asked who is in no step", () => {
    expect(whyAsked(request(), requester)).toEqual([]);
    expect(whyAsked(request(), { teamId: "T0OTHER", userId: lead.userId })).toEqual([]);
  });

  test("who is left for a step has not answered", () => {
    expect(leftFor(request(), "keeper")).toEqual([lead, security]);
    expect(leftFor(request({ votes: [approvedBy(lead, "owner")] }), "keeper")).toEqual([security]);
  });

  test.each([
    ["the first step's people", {}, lead, true],
    ["not those who come later", {}, security, false],
    [
      "those who come later, once it is their turn",
      { votes: [approvedBy(approver2, "owner")] },
      security,
      true,
    ],
    ["nobody who voted", { votes: [approvedBy(lead, "owner")] }, lead, false],
    ["nobody whose step has its approvals", { votes: [approvedBy(lead, "owner")] }, approver2, false],
    ["nobody once it is closed", { state: "denied" as const }, lead, false],
    ["nobody once its time is over", { lapsesAt: later(-1).toISOString() }, lead, false],
    ["never the requester", {}, requester, false],
  ])("it waits for %s", (_, more, person, waits) => {
    expect(waitsFor(request(more), person, later(0))).toBe(waits);
  });
});
