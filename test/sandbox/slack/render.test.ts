import { expect, test } from "vitest";
import { elementsOf } from "../../../src/sandbox/slack/state-values.ts";
import { blockChecks } from "../../../src/sandbox/slack/blocks/blocks.ts";
import { renderBlocks } from "../../../src/sandbox/slack/render/render-blocks.ts";
import { renderMrkdwn } from "../../../src/sandbox/slack/render/render-text-object.ts";
import { namesOf } from "../../../src/sandbox/slack/render/names.ts";
import { Workspace } from "../../../src/sandbox/slack/workspace.ts";

const names = namesOf(new Workspace());
const context = { names, values: {}, errors: {} };
const plain = (text: string) => ({ type: "plain_text", text });

test("every block reads as text", () => {
  const text = (value: string) => ({ type: "rich_text_section", elements: [{ type: "text", text: value }] });
  const lines = renderBlocks(
    [
      { type: "header", text: plain("Request") },
      {
        type: "section",
        text: { type: "mrkdwn", text: "by <@U0ONCALL>" },
        fields: [plain("Runbook"), plain("orders")],
      },
      { type: "context", elements: [plain("r1"), { type: "mrkdwn", text: "in <#C0INC4211|inc-4211>" }] },
      { type: "divider" },
      {
        type: "rich_text",
        elements: [
          {
            type: "rich_text_section",
            elements: [
              { type: "user", user_id: "U0LEAD" },
              { type: "text", text: " says" },
            ],
          },
          { type: "rich_text_quote", elements: [{ type: "text", text: "one\ntwo" }] },
          { type: "rich_text_list", style: "ordered", elements: [text("a"), text("b")] },
          { type: "rich_text_preformatted", elements: [{ type: "text", text: "SELECT 1" }] },
        ],
      },
      {
        type: "table",
        rows: [
          [
            { type: "raw_text", text: "id" },
            { type: "raw_text", text: "total" },
          ],
          [
            { type: "rich_text", elements: [text("o-1")] },
            { type: "raw_number", value: 12, text: "12.00" },
          ],
        ],
      },
      {
        type: "actions",
        elements: [
          {
            type: "button",
            text: plain("Approve"),
            confirm: { title: plain("Sure?"), text: plain("It runs."), confirm: plain("Run") },
          },
          { type: "overflow", options: [{ text: plain("More") }, { text: plain("Less") }] },
        ],
      },
      { type: "alert", text: plain("Careful") },
      { type: "image", alt_text: "a chart" },
    ],
    context,
  );
  expect(lines).toEqual([
    "# Request",
    "by @oncall",
    "Runbook",
    "orders",
    "r1  in #inc-4211",
    "---",
    "@lead says",
    "> one",
    "> two",
    "1. a",
    "2. b",
    "  SELECT 1",
    "| id  | total |",
    "| o-1 | 12.00 |",
    "[Approve] [… More / Less]",
    "    [Approve] asks: Sure? It runs. [Run] [Cancel]",
    "! Careful",
    "[image: a chart]",
  ]);
});

test("fields show their values and errors", () => {
  const input = (id: string, element: object) => ({
    type: "input",
    block_id: id,
    label: plain(id),
    element: { action_id: "v", ...element },
  });
  const options = ["a", "b"].map((value) => ({ text: plain(value.toUpperCase()), value }));
  const blocks = [
    { ...input("Reason", { type: "plain_text_input" }), hint: plain("say why") },
    { ...input("Who", { type: "users_select", placeholder: plain("Pick") }), optional: true },
    input("Kind", { type: "radio_buttons", options }),
    input("Many", { type: "multi_static_select", options }),
  ];
  const values = {
    Reason: { v: { type: "plain_text_input", value: "INC-1" } },
    Kind: { v: { type: "radio_buttons", selected_option: options[1] } },
    Many: { v: { type: "multi_static_select", selected_options: options } },
  };
  expect(renderBlocks(blocks, { names, values, errors: { Reason: "Too short" } })).toEqual([
    "Reason: ( INC-1 )",
    "    say why",
    "    ! Too short",
    "Who (optional): ( Pick )",
    "Kind: ( ) A  (x) B",
    "Many: ( A, B )",
  ]);
  expect(elementsOf(blocks)).toHaveLength(4);
});

test("no block is dropped: one that isn't known says so", () => {
  expect(renderBlocks([{ type: "hologram" }, {}], context)).toEqual([
    "[unknown block: hologram]",
    "[unknown block: without a type]",
  ]);
});

test("every block that is taken can also be read, but for charts", () => {
  const unread = Object.keys(blockChecks).filter((type) =>
    renderBlocks([{ type, text: plain("t") }], context).some((line) => line.startsWith("[unknown block")),
  );
  expect(unread).toEqual(["data_visualization"]);
});

test.each([
  ["<@U0LEAD> and <@U0LEAD|x>", "@lead and @lead"],
  ["<!here> <!subteam^S0ORDERS>", "@here @orders-approvers"],
  ["<!date^1700000000^{time}|22:13 UTC>", "22:13 UTC"],
  ["<https://example.com|docs> <https://example.com>", "docs (https://example.com) https://example.com"],
  ["a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"],
])("mrkdwn %s reads %s", (mrkdwn, expected) => {
  expect(renderMrkdwn(mrkdwn, names)).toBe(expected);
});
