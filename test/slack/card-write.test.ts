import { describe, expect, test } from "vitest";
import { submit } from "../../src/request/submit.ts";
import type { Request } from "../../src/request/request.ts";
import type { BeforeImage } from "../../src/runbook/plan.ts";
import { exactRequestView } from "../../src/slack/blocks/exact-request.ts";
import { type Audience, requestCard } from "../../src/slack/blocks/request-card.ts";
import { aRequest, T0 } from "../fixtures/a-request.ts";
import { aWritePlan, seenImage } from "../fixtures/a-write.ts";

function pending(before: BeforeImage): Request {
  const { approval, reason } = aRequest();
  return submit({ plan: aWritePlan(before), reason, approval, pendingMinutes: 60 }, T0);
}

const read: BeforeImage = { status: "read", at: T0.toISOString(), image: seenImage };
const card = (request: Request, audience: Audience) => JSON.stringify(requestCard(request, audience).blocks);

describe("the card of a write", () => {
  test.each<[Audience, boolean]>([
    ["approvers-channel", false],
    ["requester", false],
    ["approver-dm", true],
  ])(
    "shows %s what is internal, confidential values only to an approver, personal ones to nobody",
    (audience, sees) => {
      const shown = card(pending(read), audience);
      expect(shown).toContain("picker-1");
      expect(shown.includes("door code 4711")).toBe(sees);
      expect(shown.match(/a@example\.com/g) ?? []).toHaveLength(1); // the runbook's own condition, typed by nobody
    },
  );

  test("shows what stands there in the exact request only as far as the requester may see it", () => {
    const text = JSON.stringify(exactRequestView(pending(read), []));
    expect(text).toContain("picker-1");
    expect(text).not.toContain("door code 4711");
    expect(text).toContain("masked here too");
  });

  test("says which attributes stay, change and go", () => {
    const shown = card(pending(read), "approver-dm");
    expect(shown).toMatch(/Held by \(lock_owner\)"[^\]]*"picker-1"[^\]]*"\(removed\)"/);
    expect(shown).toMatch(/Note \(note\)"[^\]]*"door code 4711"[^\]]*"called"/);
    expect(shown).toMatch(/Mail \(email\)"[^\]]*"\(stays\)"/);
  });

  test("offers no approval before the item was looked at", () => {
    for (const audience of ["approvers-channel", "approver-dm"] as const) {
      expect(card(pending({ status: "to-be-read" }), audience)).not.toContain("jit_approve");
      expect(card(pending(read), audience)).toContain("jit_approve");
    }
  });

  test.each([
    ["policy", "the policy does not allow a look"],
    ["runbook", "the runbook does not ask for it"],
  ] as const)("says aloud that nothing was looked at, because of the %s", (because, words) => {
    expect(card(pending({ status: "not-shown", because }), "approver-dm")).toContain(words);
  });
});
