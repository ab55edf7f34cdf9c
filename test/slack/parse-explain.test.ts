import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCommand, type ParsedCommand } from "../../src/slack/parse-command.ts";
import { parseInputs } from "../../src/slack/parse-explain.ts";

describe("what is typed after /jit explain and /jit who", () => {
  const table: [typed: string, meant: ParsedCommand][] = [
    ["explain", { kind: "explain", inputs: {} }],
    ["why orders-by-id", { kind: "explain", runbook: "orders-by-id", inputs: {} }],
    ["Explain Orders by ID", { kind: "explain", runbook: "orders-by-id", inputs: {} }],
    [
      "explain orders-by-id order_id=O-00000001",
      { kind: "explain", runbook: "orders-by-id", inputs: { order_id: "O-00000001" } },
    ],
    ["explain order_id=O-1", { kind: "explain", inputs: { order_id: "O-1" } }],
    ["who", { kind: "who" }],
    ["who orders_by_id", { kind: "who", runbook: "orders-by-id" }],
    ["explian orders", { kind: "unknown", typed: "explian orders", nearest: "explain" }],
  ];
  test.each(table)("%j", (typed, meant) => {
    expect(parseCommand(typed)).toEqual(meant);
  });

  test.each([
    ["x a=1 b=2", { a: "1", b: "2" }],
    ["x note=two words b=2", { note: "two words", b: "2" }],
    ["x note=“two b=1 words” b='2'", { note: "two b=1 words", b: "2" }],
    ["x query=\"SELECT 1 WHERE dt = '2026-11-21'\"", { query: "SELECT 1 WHERE dt = '2026-11-21'" }],
    ["x a=<https://example.com|example.com> b=&lt;1&gt;", { a: "example.com", b: "<1>" }],
    ["x a=", { a: "" }],
    ['x a="unclosed', { a: '"unclosed' }],
    ["x A=1", { a: "1" }],
    ["x", {}],
  ])("%j has its inputs", (typed, inputs) => {
    expect(parseInputs(typed)).toEqual(inputs);
  });

  test("whatever is typed is read without an error", () => {
    assert(
      property(string({ unit: "binary", maxLength: 400 }), (text) => {
        parseCommand(`explain ${text}`);
        parseCommand(`explain r a=${text} b="${text}`);
      }),
    );
  });
});
