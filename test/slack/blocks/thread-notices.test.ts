import { expect, test } from "vitest";
import type { AuditFact } from "../../../src/request/audit-event.ts";
import type { Request } from "../../../src/request/request.ts";
import { lapse } from "../../../src/request/close.ts";
import { beginRevocation } from "../../../src/request/revoke.ts";
import { settleResult } from "../../../src/request/run.ts";
import { validateMessageBlocks } from "../../../src/sandbox/slack/blocks/validate-blocks.ts";
import type { JsonObject } from "../../../src/sandbox/slack/json.ts";
import { renderBlocks } from "../../../src/sandbox/slack/render/render-blocks.ts";
import { threadNotice } from "../../../src/slack/blocks/thread-notices.ts";
import { approver2, later, lead } from "../../fixtures/a-request.ts";
import { reading } from "../desk.ts";
import { approved, lives, must, type Particulars, revoking, succeeded } from "../lives.ts";

const notices = (request: Request) =>
  request.events.flatMap((event) => {
    const notice = threadNotice(event, request, reading);
    return notice ? [{ type: event.fact.type, notice, shown: read(notice.blocks) }] : [];
  });
const told = (request: Request) => notices(request).map(({ type }) => type);
const shownOf = (request: Request, type: AuditFact["type"]) =>
  notices(request).find((one) => one.type === type)?.shown ?? "";

test("which facts are told", () => {
  expect(told(lives["revoked"]!())).toEqual([
    "request.approved",
    "run.started",
    "run.succeeded",
    "result.settled",
    "access.revoked",
  ]);
  expect(told(lives["denied"]!())).toEqual(["request.denied"]);
  expect(told(lives["cancelled"]!())).toEqual(["request.cancelled"]);
  expect(told(lives["lapsed"]!())).toEqual(["request.lapsed"]);
  expect(told(lives["stopped"]!())).toEqual(["request.approved", "revocation.started", "run.stopped"]);
});

test("the decision names who, when and after how long, and the requester, who is notified by it", () => {
  expect(shownOf(lives["queued"]!(), "request.approved")).toMatch(
    /Approved by @U0LEAD for @U0ONCALL after 48 s\. Access until 2026-11-21 02:25:48 UTC/,
  );
});

test("of several approvals each is told, the last as the decision", () => {
  const half = lives["half approved"]!();
  expect(shownOf(half, "vote.approved")).toContain("@U0LEAD approved after 48 s: 1 of 2, 1 more needed.");
  const both = approved(half, approver2, 2);
  expect(told(both)).toEqual(["vote.approved", "request.approved"]);
  expect(shownOf(both, "request.approved")).toContain("Approved by @U0LEAD, @U0APPROVER2");
});

test("a denial quotes its reason, inert", () => {
  const denied = lives["denied"]!({ denyReason: "no\n✅ <!channel>" });
  const notice = notices(denied)[0]!;
  expect(notice.shown).toContain("no ⏎ ✅ <!channel>");
  expect(notice.notice.text).not.toContain("<!channel>");
});

test("a run is told with its correlation id", () => {
  expect(shownOf(lives["running"]!(), "run.started")).toContain("R0000000000000001/1");
});

test("a result is told in counts with how to read it, a cut one as a lower bound", () => {
  const shown = shownOf(succeeded(), "run.succeeded");
  expect(shown).toContain("12 orders · 2 pages · 0.5 RCU · 1.2 s");
  expect(shown).toContain("One customer only → Probably a poison order. Next: Open the oldest order.");
  expect(shown).toContain("Escalate to #orders-oncall: More than 20 rows.");
  expect(shownOf(succeeded({ result: { truncatedBy: "maxItemsScanned" } }), "run.succeeded")).toContain(
    "truncated after 40 items read, the count is a lower bound",
  );
  expect(shownOf(succeeded({ result: { rows: 0 } }), "run.succeeded")).toContain("No orders are stuck.");
});

test("the next runbooks are one click away", () => {
  const request = succeeded();
  const event = request.events.find((one) => one.fact.type === "run.succeeded")!;
  const withNext = {
    ...reading,
    interpretation: [{ ...reading.interpretation[0]!, runbook: "orders-by-id" }, reading.interpretation[1]!],
  };
  const notice = threadNotice(event, request, withNext)!;
  expect(JSON.stringify(notice.blocks)).toContain('"action_id":"jit_request","value":"orders-by-id"');
  expect(validateMessageBlocks(notice.blocks)).toEqual([]);
});

test.each([
  [{ status: "withheld", at: later(52).toISOString(), why: "They are a guest now." }, "withheld"],
  [{ status: "lost", at: later(52).toISOString(), why: "Slack was down." }, "did not reach @U0ONCALL"],
] as const)("rows that did not arrive say why: %o", (delivery, words) => {
  const shown = shownOf(must(settleResult(succeeded(), 1, delivery, later(52))), "result.settled");
  expect(shown).toContain(words);
  expect(shown).toContain(delivery.why);
});

test("the end of access tells cause, life and the proof of each session", () => {
  const shown = shownOf(lives["revoked"]!(), "access.revoked");
  expect(shown).toContain("Access ended: its run is done. It lived 26 s");
  expect(shown).toContain(
    "Run 1: session `jit-R0000000000000001-1` was denied by AWS 2026-11-21 02:11:14 UTC when it repeated the approved call",
  );
});

test("a revocation quotes its reason", () => {
  expect(shownOf(revoking({ revokeReason: "Wrong table" }), "revocation.started")).toContain("Wrong table");
});

test("every notice is one that Slack accepts, with a sentence of its own, whatever was typed", () => {
  const hostile: Particulars = {
    reason: "x".repeat(4_000),
    denyReason: "<!channel>\u202E".repeat(300),
    revokeReason: "y\n".repeat(600),
  };
  const more = [
    must(
      beginRevocation(lives["queued"]!(), { cause: "revoked", by: lead, reason: "z".repeat(500) }, later(60)),
    ),
    must(lapse(lives["pending"]!(), later(3_600))),
  ];
  for (const request of [...Object.values(lives).map((life) => life(hostile)), ...more]) {
    for (const { notice } of notices(request)) {
      expect(validateMessageBlocks(notice.blocks)).toEqual([]);
      expect(notice.text.length).toBeGreaterThan(10);
      expect(notice.text).not.toContain("<!channel>");
    }
  }
});

function read(blocks: unknown): string {
  const names = (id: string) => `@${id}`;
  return renderBlocks(blocks as JsonObject[], { names, values: {}, errors: {} }).join("\n");
}
