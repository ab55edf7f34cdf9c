import { expect, test } from "vitest";
import type { Refusal } from "../../src/request/outcome.ts";
import { refusalSentence, submitRefusalSentence, whoCanDecide } from "../../src/slack/sentences.ts";
import type { SubmitRefusal } from "../../src/workflow/use-cases.ts";
import { approver2, later, lead } from "../fixtures/a-request.ts";
import { aPending, lives } from "./lives.ts";

const at = later(12).toISOString();

test("a self-approval says why and who can", () => {
  expect(refusalSentence({ kind: "own-request" }, aPending())).toBe(
    "You asked for this yourself, and nobody decides their own request. <@U0LEAD> or <@U0APPROVER2> can decide (orders-platform).",
  );
});

test("who can decide: not the requester, not who answered, not everybody by name, and aloud when nobody", () => {
  const many = Array.from({ length: 9 }, (_, i) => ({ teamId: "T0SANDBOX", userId: `U0A${i}` }));
  expect(whoCanDecide(aPending({ approvers: many }))).toBe(
    "<@U0A0>, <@U0A1> or anyone else in orders-platform can decide.",
  );
  expect(whoCanDecide(lives["half approved"]!())).toBe("<@U0APPROVER2> can decide (orders-platform).");
  expect(whoCanDecide(aPending({ approvers: [] }))).toContain("Nobody else can decide it now");
  expect(whoCanDecide(lives["denied"]!())).toBe("");
});

test.each<[Refusal, string]>([
  [{ kind: "not-an-approver" }, "<@U0LEAD> or <@U0APPROVER2> can decide"],
  [{ kind: "not-yours" }, "<@U0ONCALL>’s request"],
  [{ kind: "no-longer-allowed" }, "The policy changed"],
  [{ kind: "person", problem: "guest" }, "Guest accounts can’t"],
  [{ kind: "person", problem: "deactivated" }, "deactivated"],
  [{ kind: "person", problem: "other-team" }, "another workspace"],
  [{ kind: "person", problem: "stranger" }, "another organisation"],
  [{ kind: "person", problem: "bot" }, "Bots and workflows"],
  [{ kind: "person", problem: "unknown" }, "unavailable means no"],
  [{ kind: "already-voted", at }, "one person is one vote"],
  [{ kind: "already-decided", state: "active", at, by: lead }, "approved and active since"],
  [{ kind: "already-decided", state: "denied", at, by: approver2 }, "by <@U0APPROVER2>"],
  [{ kind: "lapsed", at }, "<@U0ONCALL> can ask again"],
  [{ kind: "changed-since-shown" }, "Read the updated card"],
  [{ kind: "not-our-card" }, "The card stands in <#C0APPROVALS>"],
  [{ kind: "cannot-narrow", sentence: "The runbook changed." }, "nothing was decided. The runbook changed."],
  [{ kind: "not-active", state: "revoked" }, "no running access"],
  [{ kind: "window-over", at }, "ask again"],
  [{ kind: "run-in-progress", run: 2 }, "Run 2 is still going"],
  [{ kind: "no-runs-left", max: 10 }, "All 10 runs"],
  [{ kind: "run-not-queued", run: 1 }, "not started again"],
  [{ kind: "run-not-running", run: 1 }, "not going any more"],
  [{ kind: "no-review" }, "no break-glass"],
  [{ kind: "own-review" }, "nobody reviews their own"],
  [{ kind: "not-a-reviewer", groups: ["security"] }, "not in security"],
  [{ kind: "review-taken", by: lead, until: at }, "<@U0LEAD> took this review on"],
  [{ kind: "already-reviewed", by: lead, at }, "<@U0LEAD> reviewed this"],
  [{ kind: "nothing-to-do" }, "done already"],
])("refused for %o says so in a full sentence", (why, words) => {
  const sentence = refusalSentence(why, aPending());
  expect(sentence).toContain(words);
  expect(sentence.trim()).toMatch(/[.)]$/);
  expect(sentence).not.toContain("!\u0020");
});

test.each<[SubmitRefusal, string]>([
  [{ kind: "unknown-runbook", name: "<!here>", nearest: "orders-by-id" }, "Did you mean “orders-by-id”?"],
  [{ kind: "unknown-runbook", name: "<!here>" }, "“&lt;!here&gt;”"],
  [{ kind: "not-a-requester", groups: ["engineering", "support"] }, "Only members of engineering or support"],
  [{ kind: "person", problem: "guest" }, "Nothing was asked for."],
  [{ kind: "nobody-can-approve", groups: ["orders-platform"], needed: 2, available: 1 }, "needs 2 approvers"],
  [{ kind: "policy", sentence: "The list is too long." }, "The list is too long."],
  [{ kind: "no-break-glass", runbook: "orders-by-id" }, "`/jit request orders-by-id` asks for it"],
  [{ kind: "not-for-break-glass", groups: ["security"], unavailable: [] }, "Only members of security"],
  [
    { kind: "not-for-break-glass", groups: ["a"], unavailable: [{ group: "b", why: "it did not answer" }] },
    "who is in b can’t be known just now (it did not answer)",
  ],
  [{ kind: "nobody-can-review", groups: ["security"], unavailable: [] }, "Nobody of security other than you"],
  [{ kind: "review-open", requestId: "R1", dueAt: at, groups: ["security"] }, "Ask security to review it"],
  [{ kind: "review-not-stored" }, "nothing was started. Try again"],
  [{ kind: "too-many-open", max: 5 }, "5 open requests"],
  [
    { kind: "too-large", bytes: 150_001, maxBytes: 150_000 },
    "would take 151 KB to keep, and 150 KB is the most",
  ],
])("a submission refused for %o says what to do", (why, words) => {
  expect(submitRefusalSentence(why)).toContain(words);
});
