import { expect, test } from "vitest";
import { findElement } from "../../../src/sandbox/slack/acts/find-element.ts";

const button = (value: string) => ({
  type: "button",
  action_id: "ask",
  value,
  text: { type: "plain_text", text: "Ask" },
});
const blocks = [
  { type: "actions", block_id: "first", elements: [button("1")] },
  { type: "actions", block_id: "second", elements: [button("2")] },
];

test("an action id that stands in several blocks is told apart by its block", () => {
  expect(findElement(blocks, "ask").element["value"]).toBe("1");
  expect(findElement(blocks, "second/ask").element["value"]).toBe("2");
});
