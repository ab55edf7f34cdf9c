import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { type ParsedCommand, parseCommand } from "../../src/slack/parse-command.ts";

describe("what is typed after /jit", () => {
  const table: [typed: string, meant: ParsedCommand][] = [
    ["", { kind: "bare" }],
    ["   ", { kind: "bare" }],
    ["\u00A0\u2003", { kind: "bare" }],
    ["help", { kind: "help" }],
    ["HELP", { kind: "help" }],
    ["?", { kind: "help" }],
    ["--help", { kind: "help" }],
    ["—help", { kind: "help" }],
    ["help me please", { kind: "help" }],
    ["status", { kind: "status" }],
    ["Status ", { kind: "status" }],
    ["mine", { kind: "status" }],
    ["request", { kind: "request" }],
    ["ask", { kind: "request" }],
    ["request orders-by-id", { kind: "request", runbook: "orders-by-id", typed: "orders-by-id" }],
    ["request\u00A0orders-by-id", { kind: "request", runbook: "orders-by-id", typed: "orders-by-id" }],
    ["request orders–by—id", { kind: "request", runbook: "orders-by-id", typed: "orders-by-id" }],
    ["request “orders-by-id”", { kind: "request", runbook: "orders-by-id", typed: "orders-by-id" }],
    ["request `orders-by-id`", { kind: "request", runbook: "orders-by-id", typed: "orders-by-id" }],
    ["Request Orders by ID", { kind: "request", runbook: "orders", typed: "orders-by-id" }],
    ["request orders_by_id", { kind: "request", runbook: "orders-by-id", typed: "orders-by-id" }],
    [
      "request orders-by-id for 30m",
      { kind: "request", runbook: "orders-by-id", typed: "orders-by-id-for-30m" },
    ],
    [
      "request <#C0INC4211|orders-by-id>",
      { kind: "request", runbook: "orders-by-id", typed: "orders-by-id" },
    ],
    ["end", { kind: "end" }],
    ["stop", { kind: "end" }],
    ["end R0000000000000001", { kind: "end", id: "R0000000000000001" }],
    ["end #R0000000000000001", { kind: "end", id: "R0000000000000001" }],
    ["revoke r0000000000000001", { kind: "end", id: "r0000000000000001" }],
    ["runbooks", { kind: "runbooks" }],
    ["list", { kind: "runbooks" }],
    ["runbooks stuck orders", { kind: "runbooks", search: "stuck orders" }],
    ["runbooks <https://example.com|stuck>", { kind: "runbooks", search: "stuck" }],
    ["runbooks a &amp; b", { kind: "runbooks", search: "a & b" }],
    ["reqest", { kind: "unknown", typed: "reqest", nearest: "request" }],
    ["requset orders", { kind: "unknown", typed: "requset orders", nearest: "request" }],
    ["stauts", { kind: "unknown", typed: "stauts", nearest: "status" }],
    ["hepl", { kind: "unknown", typed: "hepl", nearest: "help" }],
    ["runboks", { kind: "unknown", typed: "runboks", nearest: "runbooks" }],
    ["break-glass", { kind: "break-glass" }],
    ["break-glass orders-by-id", { kind: "break-glass", runbook: "orders-by-id" }],
    ["Break Glass orders–by–id", { kind: "break-glass", runbook: "orders-by-id" }],
    ["breakglass Orders by ID", { kind: "break-glass", runbook: "orders-by-id" }],
    ["brake-glass", { kind: "unknown", typed: "brake-glass", nearest: "break-glass" }],
    ["x", { kind: "unknown", typed: "x" }],
    ["approve R1", { kind: "unknown", typed: "approve R1" }],
    ["<@U0LEAD|lead>", { kind: "unknown", typed: "lead" }],
    ["recipes", { kind: "recipe", asks: "list" }],
    ["recipe", { kind: "recipe", asks: "list" }],
    ["recipe request", { kind: "recipe", asks: "request" }],
    ["recipe request orders-by-id", { kind: "recipe", asks: "request", runbook: "orders-by-id" }],
    ["Recipe Ask Orders by ID", { kind: "recipe", asks: "request", runbook: "orders-by-id" }],
    ["recipe orders-by-id", { kind: "recipe", asks: "request", runbook: "orders-by-id" }],
    ["recepies", { kind: "unknown", typed: "recepies", nearest: "recipe" }],
    ["back", { kind: "back" }],
    ["incident close INC-4211", { kind: "incident", asks: "close", incident: { reference: "INC-4211" } }],
    ["Incident Close INC 42", { kind: "incident", asks: "close", incident: { reference: "INC 42" } }],
    [
      "incident close <https://tickets.example.com/INC-1>",
      { kind: "incident", asks: "close", incident: { reference: "https://tickets.example.com/INC-1" } },
    ],
    [
      "incident close <#C0INC4211|inc-4211>",
      { kind: "incident", asks: "close", incident: { channel: "C0INC4211" } },
    ],
    ["incident close Here", { kind: "incident", asks: "close-here" }],
    ["incident close", { kind: "incident", asks: "unclear" }],
    ["incident", { kind: "incident", asks: "unclear" }],
    ["incident open INC-1", { kind: "incident", asks: "unclear" }],
    ["away", { kind: "away", asks: "list" }],
    ["away <@U0LEAD|lead> until 2026-12-01", awayUntil("2026-12-01")],
    ["Away “<@U0LEAD>” Until 2026‑12‑01 18:00", awayUntil("2026-12-01 18:00")],
    [
      "away <@U0LEAD|lead> from 2026-11-25 until 2026-12-01",
      { ...awayUntil("2026-12-01"), from: "2026-11-25" },
    ],
    ["away <@U0LEAD|until 2099-01-01> until 2026-12-01", awayUntil("2026-12-01")],
    ["away <@U0LEAD|until 2099-01-01>", { kind: "away", asks: "unclear" }],
    ["away @lead until 2026-12-01", { kind: "away", asks: "unclear" }],
    ["away <@U0LEAD> <@U0APPROVER2> until 2026-12-01", { kind: "away", asks: "unclear" }],
    ["away <@U0LEAD> until tomorrow", { kind: "away", asks: "unclear" }],
    ["away <@U0LEAD> until 2026-12-011", { kind: "away", asks: "unclear" }],
    ["away <@U0LEAD> from monday until 2026-12-01", { kind: "away", asks: "unclear" }],
    ["toString", { kind: "unknown", typed: "toString" }],
    ["__proto__", { kind: "unknown", typed: "__proto__" }],
  ];
  test.each(table)("%j", (typed, meant) => {
    expect(parseCommand(typed)).toEqual(meant);
  });

  test("never fails and keeps what it repeats short, whatever is typed", () => {
    const longest = (parsed: ParsedCommand) =>
      parsed.kind === "unknown" ? parsed.typed : parsed.kind === "runbooks" ? (parsed.search ?? "") : "";
    const check = () =>
      assert(
        property(
          string({ unit: "binary", maxLength: 5000 }),
          (typed) => longest(parseCommand(typed)).length <= 101,
        ),
      );
    expect(check).not.toThrow();
  });
});

function awayUntil(until: string) {
  return { kind: "away", asks: "delegate", delegate: "U0LEAD", until } as const;
}
