import type { KnownBlock } from "@slack/types";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { queueRun, startRun } from "../../../src/request/run.ts";
import { validateMessageBlocks } from "../../../src/sandbox/slack/blocks/validate-blocks.ts";
import type { JsonObject } from "../../../src/sandbox/slack/json.ts";
import { renderBlocks } from "../../../src/sandbox/slack/render/render-blocks.ts";
import { type Audience, type Message, requestCard } from "../../../src/slack/blocks/request-card.ts";
import { approver2, later, lead, requester } from "../../fixtures/a-request.ts";
import { lives, must, ordersPlan, type Particulars } from "../lives.ts";

const audiences: Audience[] = ["approvers-channel", "approver-dm", "requester"];
const card = (life: string, audience: Audience = "approvers-channel", particulars?: Particulars) =>
  requestCard(lives[life]!(particulars), audience);

describe("a card that waits for approval", () => {
  test("shows everything that an approver must judge", () => {
    const shown = read(card("pending", "approver-dm"));
    for (const fact of [
      "⏳ Waiting for approval · Orders stuck in a workflow status",
      "<@U0ONCALL> asks for *15 minutes*, one run, on *production* orders (account 111122223333, eu-west-1)",
      "Alert OrderWorkflowAge fires since 02:10",
      "INC-4211",
      "orders-stuck-by-status v1.0.0 · risk: *low*",
      "PAID",
      "2026-11-21T02:10:00Z",
      "(not given)",
      "dynamodb:Query",
      "index gsi-status of orders in production, partition PAID only",
      "At most 100 rows, 500 items read",
      "*Rows go to* <@U0ONCALL> by direct message",
      "You are asked because you are in orders-platform",
      "*0 of 1* approval",
      "Lapses",
      card("pending").blocks.at(-1)?.type === "actions" ? "plan `" : "",
    ]) {
      expect(shown).toContain(fact);
    }
  });

  test("offers each reader only what they may do", () => {
    expect(buttons(card("pending", "approvers-channel"))).toEqual(["jit_approve", "jit_deny", "jit_show"]);
    expect(buttons(card("pending", "approver-dm"))).toEqual(["jit_approve", "jit_deny", "jit_show"]);
    expect(buttons(card("pending", "requester"))).toEqual(["jit_cancel", "jit_show"]);
  });

  test("binds its buttons to the plan that was read", () => {
    const request = lives["pending"]!();
    for (const element of elementsOf(requestCard(request, "approver-dm"))) {
      expect(element["value"]).toBe(`${request.id}:${request.planDigest.slice(0, 12)}`);
    }
  });

  test("asks again before approving, with the digest when the risk is high", () => {
    const confirmOf = (message: Message) => JSON.stringify(elementsOf(message)[0]?.["confirm"]);
    expect(confirmOf(card("pending"))).toContain("on production, for 15 minutes, one run.");
    const risky = lives["pending"]!({ plan: { runbook: { ...ordersPlan().runbook, riskLevel: "high" } } });
    expect(confirmOf(requestCard(risky, "approver-dm"))).toContain(risky.planDigest.slice(0, 12));
    expect(confirmOf(card("pending"))).not.toContain(lives["pending"]!().planDigest.slice(0, 12));
  });

  test("counts approvals, and an approver who answered is not asked again", () => {
    const half = lives["half approved"]!();
    const answered = requestCard(half, "approver-dm", { asked: lead });
    expect(read(answered)).toContain("*1 of 2* approvals given (<@U0LEAD>)");
    expect(read(answered)).toContain("⏳ Waiting for approval (1 of 2)");
    expect(buttons(answered)).toEqual(["jit_show"]);
    expect(buttons(requestCard(half, "approver-dm", { asked: approver2 }))).toContain("jit_approve");
  });

  test("says who else can decide, and that nobody can", () => {
    expect(read(requestCard(lives["pending"]!(), "approver-dm", { asked: lead }))).toContain(
      "Also: <@U0APPROVER2>.",
    );
    expect(
      read(requestCard(lives["pending"]!({ approvers: [lead] }), "approver-dm", { asked: lead })),
    ).toContain("Nobody else can.");
    expect(read(card("pending", "requester", { approvers: [] }))).toContain("Nobody is left who could");
  });

  test("masks sensitive values in the channel, says so, and shows them to approvers and requester", () => {
    const plan = { ...ordersPlan(), sensitive: ["status"] };
    const inChannel = read(card("pending", "approvers-channel", { plan }));
    expect(inChannel).not.toContain("PAID");
    expect(inChannel).toContain("Sensitive values are masked in this channel");
    for (const audience of ["approver-dm", "requester"] as const) {
      expect(read(card("pending", audience, { plan }))).toContain("PAID");
    }
    for (const life of Object.keys(lives)) {
      expect(JSON.stringify(card(life, "approvers-channel", { plan }))).not.toContain("PAID");
    }
  });

  test("cuts nothing silently: fourteen inputs, a long one, a long reason", () => {
    const parameters = Array.from({ length: 14 }, (_, i) => ({ name: `p${i}`, title: `Parameter ${i}` }));
    const inputs = { p0: "x".repeat(1024), status: "PAID" };
    const shown = read(
      card("pending", "approver-dm", { plan: { parameters, inputs }, reason: "r".repeat(1300) }),
    );
    expect(shown).toContain("8 of 14 inputs shown.");
    expect(shown).toContain("An input is longer than fits here.");
    expect(shown).toMatch(/x{100,}… \(\d+ more characters\)/);
    expect(shown).toContain("The reason is longer than fits here.");
    expect(shown).toContain("“Show the exact request” has everything.");
  });

  test("says that not every approver got a direct message", () => {
    const approvers = Array.from({ length: 34 }, (_, i) => ({ teamId: "T0SANDBOX", userId: `U0A${i}` }));
    expect(read(card("pending", "approvers-channel", { approvers }))).toContain(
      "20 of 34 approvers got a direct message",
    );
  });
});

describe("a card that is decided", () => {
  test.each([
    ["queued", "▶ Approved, starting", ["jit_revoke", "jit_show"], ["jit_end", "jit_show"]],
    ["running", "▶ Running", ["jit_revoke", "jit_show"], ["jit_end", "jit_show"]],
    ["succeeded", "✔ Done, access still open", ["jit_revoke", "jit_show"], ["jit_end", "jit_show"]],
    ["failed", "✖ Run failed, access still open", ["jit_revoke", "jit_show"], ["jit_end", "jit_show"]],
    ["unknown", "❔ Outcome unknown", ["jit_revoke", "jit_show"], ["jit_end", "jit_show"]],
    ["revoking", "🔒 Access is ending", ["jit_show"], ["jit_show"]],
    ["revoked", "🔒 Access ended · run done", ["jit_show"], ["jit_ask_again", "jit_show"]],
    ["denied", "⛔ Denied", ["jit_show"], ["jit_ask_again", "jit_show"]],
    ["cancelled", "⚪ Cancelled", ["jit_show"], ["jit_ask_again", "jit_show"]],
    ["lapsed", "⌛ Lapsed", ["jit_show"], ["jit_ask_again", "jit_show"]],
  ])("%s: says so first, and offers no decision", (life, headline, forApprovers, forRequester) => {
    expect(read(card(life))).toContain(headline);
    expect(buttons(card(life))).toEqual(forApprovers);
    expect(buttons(card(life, "requester"))).toEqual(forRequester);
  });

  test("names who approved, when and after how long", () => {
    const shown = read(card("queued"));
    expect(shown).toMatch(/✅ Approved by <@U0LEAD> .*2026-11-21 02:10:48 UTC.* after 48 s/);
    expect(shown).not.toContain("Done");
  });

  test("quotes why it was denied", () => {
    expect(read(card("denied", "requester", { denyReason: "Use the report" }))).toContain("Use the report");
  });

  test("says how long the access lived and that its end is proven, only when it is", () => {
    expect(read(card("revoked"))).toContain("lived 26 s · proven");
    expect(read(card("revoking"))).not.toContain("proven ·");
    expect(read(card("revoking"))).toContain("the session of run 1 is not proven dead yet");
  });

  test("tells a result in counts, and a cut one as a lower bound", () => {
    expect(read(card("succeeded"))).toContain("12 orders · 2 pages · 0.5 RCU · 1.2 s");
    const cut = { rows: 100, truncatedBy: "maxRows" } as const;
    expect(read(card("succeeded", "requester", { result: cut }))).toContain(
      "truncated at 100 rows, the count is a lower bound",
    );
  });

  test("offers a further run in a window, when none is going and some are left", () => {
    const grant = { kind: "window", durationMinutes: 60, maxRuns: 2 } as const;
    const done = lives["succeeded"]!({ plan: { grant } });
    expect(buttons(requestCard(done, "requester"))).toEqual(["jit_run_again", "jit_end", "jit_show"]);
    expect(buttons(requestCard(done, "approvers-channel"))).not.toContain("jit_run_again");
    const again = must(startRun(must(queueRun(done, requester, later(60))), 2, "worker-1", later(61)));
    expect(buttons(requestCard(again, "requester"))).toEqual(["jit_end", "jit_show"]);
  });
});

describe("text from people", () => {
  const hostile = [
    "<!channel> look: <https://evil.example.com|Approve here> `x`",
    "fine\n\n✅ Approved by <@U0LEAD>",
    "pay \u202Eelbisivni \u200B\u200B and *bold* _it_ ~s~ :white_check_mark:",
    "x".repeat(4_000),
    "\0",
    "",
  ];
  const text = fc.oneof(
    fc.constantFrom(...hostile),
    fc.string({ unit: "binary", maxLength: 1_500 }).map((t) => t.toWellFormed()),
    fc.string({ unit: "grapheme", maxLength: 4_000 }),
  );
  const particulars = fc.record({
    reason: text,
    reference: text,
    denyReason: text,
    revokeReason: text,
    value: text,
    title: text,
  });
  const life = fc.constantFrom(...Object.keys(lives));

  test("never makes a card that Slack would refuse, in any state", () => {
    fc.assert(
      fc.property(life, fc.constantFrom(...audiences), particulars, (name, audience, p) => {
        const message = card(name, audience, hostileTo(p));
        expect(validateMessageBlocks(message.blocks)).toEqual([]);
        expect(message.text.length).toBeLessThan(4_000);
      }),
      { numRuns: 300 },
    );
  });

  test("never stands in markup or in the notification, in any state", () => {
    const marked = "USERTEXT<!channel>";
    for (const name of Object.keys(lives)) {
      for (const audience of audiences) {
        const message = card(name, audience, hostileTo(allOf(marked)));
        expect(message.text).not.toContain("USERTEXT");
        for (const markup of markupIn(message.blocks)) expect(markup).not.toContain("USERTEXT");
      }
    }
    expect(JSON.stringify(card("pending", "requester", hostileTo(allOf(marked))).blocks)).toContain(
      "USERTEXT",
    );
  });

  test("can't begin a line of its own or hide a character", () => {
    const shown = card("pending", "approver-dm", { reason: hostile[1]!, reference: hostile[2]! });
    const all = JSON.stringify(shown.blocks);
    expect(all).toContain("fine ⏎ ✅ Approved by <@U0LEAD>");
    expect(all).toContain("⟨U+202E⟩");
    expect(all).not.toMatch(/[\u200B\u202E]/);
  });
});

function allOf(value: string) {
  return {
    reason: value,
    reference: value,
    denyReason: value,
    revokeReason: value,
    value,
    title: value,
  };
}

function hostileTo(p: ReturnType<typeof allOf>): Particulars {
  const { value, title, ...rest } = p;
  const call = structuredClone(ordersPlan().calls[0]!);
  if (call.action === "dynamodb:Query")
    call.request.ExpressionAttributeValues[":status"] = { S: value || "x" };
  return {
    ...rest,
    plan: {
      inputs: { status: value, older_than: value },
      calls: [call],
      parameters: [
        { name: "status", title: title || "x" },
        { name: "older_than", title: "Since" },
      ],
    },
  };
}

function read(message: Message): string {
  return `${raw(message.blocks)}\n${renderBlocks(message.blocks as unknown as JsonObject[], { names: (id) => id, values: {}, errors: {} }).join("\n")}`;
}

/** Every text of the blocks as it was sent. */
function raw(node: unknown): string {
  if (Array.isArray(node)) return node.map(raw).join("\n");
  if (typeof node !== "object" || node === null) return "";
  const { text } = node as { text?: unknown };
  return [typeof text === "string" ? text : "", ...Object.values(node).map(raw)].filter(Boolean).join("\n");
}

function markupIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(markupIn);
  if (typeof node !== "object" || node === null) return [];
  const { type, text } = node as { type?: unknown; text?: unknown };
  const own = type === "mrkdwn" && typeof text === "string" ? [text] : [];
  return [...own, ...Object.values(node).flatMap(markupIn)];
}

function elementsOf(message: Message): JsonObject[] {
  return message.blocks.flatMap((block: KnownBlock) =>
    block.type === "actions" ? (block.elements as unknown as JsonObject[]) : [],
  );
}

function buttons(message: Message): unknown[] {
  return elementsOf(message).map((element) => element["action_id"]);
}
