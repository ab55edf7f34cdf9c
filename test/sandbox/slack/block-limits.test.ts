import { describe, expect, test } from "vitest";
import { validateBlocks, validateMessageBlocks } from "../../../src/sandbox/slack/blocks/validate-blocks.ts";
import { checkView } from "../../../src/sandbox/slack/blocks/validate-view.ts";
import { SlackError } from "../../../src/sandbox/slack/slack-error.ts";
import { startSlack } from "../../../src/sandbox/slack/start-slack.ts";
import { webClient } from "./bolt-app.ts";

const plain = (text: string) => ({ type: "plain_text", text });
const x = (length: number) => "x".repeat(length);
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const divider = { type: "divider" };
const button = (fields: object = {}) => ({ type: "button", text: plain("Go"), ...fields });
const actions = (...elements: object[]) => ({ type: "actions", elements });
const option = (value: string) => ({ text: plain(value), value });
const select = (fields: object) => ({ type: "static_select", ...fields });
const cell = (text: string) => ({ type: "raw_text", text });
const table = (rows: number, columns: number, length = 1) => ({
  type: "table",
  rows: times(rows, () => times(columns, () => cell(x(length)))),
});

const refused: [what: string, blocks: unknown, pointer: string][] = [
  ["51 blocks", times(51, () => divider), "/blocks"],
  ["a section of 3,001 characters", [{ type: "section", text: plain(x(3001)) }], "/blocks/0/text/text"],
  ["an empty section text", [{ type: "section", text: plain("") }], "/blocks/0/text/text"],
  ["a section without text", [{ type: "section" }], "/blocks/0"],
  ["11 fields", [{ type: "section", fields: times(11, () => plain("a")) }], "/blocks/0/fields"],
  ["a field of 2,001 characters", [{ type: "section", fields: [plain(x(2001))] }], "/blocks/0/fields/0/text"],
  ["a header of 151 characters", [{ type: "header", text: plain(x(151)) }], "/blocks/0/text/text"],
  ["a header in mrkdwn", [{ type: "header", text: { type: "mrkdwn", text: "a" } }], "/blocks/0/text/type"],
  ["11 context elements", [{ type: "context", elements: times(11, () => plain("a")) }], "/blocks/0/elements"],
  ["26 buttons", [actions(...times(26, () => button()))], "/blocks/0/elements"],
  [
    "a button label of 76 characters",
    [actions({ type: "button", text: plain(x(76)) })],
    "/blocks/0/elements/0/text/text",
  ],
  ["a button value of 2,001 characters", [actions(button({ value: x(2001) }))], "/blocks/0/elements/0/value"],
  [
    "an action_id of 256 characters",
    [actions(button({ action_id: x(256) }))],
    "/blocks/0/elements/0/action_id",
  ],
  ["an unknown button style", [actions(button({ style: "green" }))], "/blocks/0/elements/0/style"],
  [
    "two equal action_ids in one block",
    [actions(button({ action_id: "a" }), button({ action_id: "a" }))],
    "/blocks/0",
  ],
  [
    "two equal block_ids",
    [
      { ...divider, block_id: "a" },
      { ...divider, block_id: "a" },
    ],
    "/blocks/1/block_id",
  ],
  ["an unknown block", [{ type: "banner" }], "/blocks/0/type"],
  ["an unknown property", [{ ...divider, colour: "red" }], "/blocks/0"],
  ["an unknown element", [actions({ type: "slider" })], "/blocks/0/elements/0/type"],
  ["an input element in actions", [actions({ type: "plain_text_input" })], "/blocks/0/elements/0/type"],
  [
    "101 options",
    [actions(select({ options: times(101, (i) => option(`o${i}`)) }))],
    "/blocks/0/elements/0/options",
  ],
  ["no options", [actions(select({ options: [] }))], "/blocks/0/elements/0/options"],
  ["options not given", [actions(select({}))], "/blocks/0/elements/0"],
  [
    "an option label of 76 characters",
    [actions(select({ options: [{ text: plain(x(76)), value: "a" }] }))],
    "/blocks/0/elements/0/options/0/text/text",
  ],
  [
    "an option value of 151 characters",
    [actions(select({ options: [{ text: plain("a"), value: x(151) }] }))],
    "/blocks/0/elements/0/options/0/value",
  ],
  [
    "an initial option that is none",
    [actions(select({ options: [option("a")], initial_option: option("b") }))],
    "/blocks/0/elements/0",
  ],
  [
    "11 checkboxes",
    [actions({ type: "checkboxes", options: times(11, (i) => option(`o${i}`)) })],
    "/blocks/0/elements/0/options",
  ],
  [
    "6 overflow options",
    [actions({ type: "overflow", options: times(6, (i) => option(`o${i}`)) })],
    "/blocks/0/elements/0/options",
  ],
  [
    "a confirm text of 301 characters",
    [actions(button({ confirm: { text: plain(x(301)) } }))],
    "/blocks/0/elements/0/confirm/text/text",
  ],
  [
    "a confirm button of 31 characters",
    [actions(button({ confirm: { text: plain("a"), confirm: plain(x(31)) } }))],
    "/blocks/0/elements/0/confirm/confirm/text",
  ],
  ["a table of 101 rows", [table(101, 1)], "/blocks/0/rows"],
  ["a table of 21 columns", [table(1, 21)], "/blocks/0/rows/0"],
  ["an empty cell", [{ type: "table", rows: [[cell("")]] }], "/blocks/0/rows/0/0/text"],
  ["tables of 10,001 characters in all", [table(50, 1, 100), table(1, 1, 5001)], "/blocks"],
  ["a data_table of one row", [{ type: "data_table", caption: "a", rows: [[cell("a")]] }], "/blocks/0/rows"],
  [
    "a data_table of uneven rows",
    [{ type: "data_table", caption: "a", rows: [[cell("a")], [cell("a"), cell("b")]] }],
    "/blocks/0/rows/1",
  ],
  ["a data_table without caption", [{ type: "data_table", rows: [[cell("a")], [cell("a")]] }], "/blocks/0"],
  [
    "markdown of 12,001 characters in all",
    [
      { type: "markdown", text: x(6001) },
      { type: "markdown", text: x(6000) },
    ],
    "/blocks",
  ],
  ["an alert in a message", [{ type: "alert", text: plain("a") }], "/blocks/0/type"],
  [
    "an unknown rich text element",
    [{ type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "blink" }] }] }],
    "/blocks/0/elements/0/elements/0/type",
  ],
  ["blocks that are no list", { type: "section" }, "/blocks"],
];

test.each(refused)("a message with %s is refused, and the pointer says where", (_what, blocks, pointer) => {
  expect(validateMessageBlocks(blocks).map((complaint) => complaint.pointer)).toContain(pointer);
});

const accepted: [what: string, blocks: object[]][] = [
  ["50 blocks", times(50, () => divider)],
  [
    "everything at its limit",
    [
      { type: "section", text: plain(x(3000)), fields: times(10, () => plain(x(2000))) },
      { type: "header", text: plain(x(150)) },
      actions(...times(25, (i) => button({ action_id: `a${i}`, value: x(2000) }))),
      actions(select({ options: times(100, (i) => option(`o${i}`)) })),
      table(100, 20, 5),
    ],
  ],
  [
    "rich text of all kinds",
    [
      {
        type: "rich_text",
        elements: [
          {
            type: "rich_text_section",
            elements: [
              { type: "text", text: "a", style: { bold: true } },
              { type: "user", user_id: "U0LEAD" },
            ],
          },
          {
            type: "rich_text_list",
            style: "bullet",
            elements: [{ type: "rich_text_section", elements: [] }],
          },
          { type: "rich_text_quote", elements: [{ type: "text", text: "q" }] },
          { type: "rich_text_preformatted", elements: [{ type: "text", text: "p" }] },
        ],
      },
    ],
  ],
  [
    "the same action_id in two blocks",
    [actions(button({ action_id: "a" })), actions(button({ action_id: "a" }))],
  ],
];

test.each(accepted)("a message with %s is taken", (_what, blocks) => {
  expect(validateMessageBlocks(blocks)).toEqual([]);
});

describe("surfaces", () => {
  test.each([
    ["table", table(1, 1), { message: true, modal: false, home: true }],
    ["markdown", { type: "markdown", text: "a" }, { message: true, modal: false, home: false }],
    ["alert", { type: "alert", text: plain("a") }, { message: false, modal: true, home: false }],
    ["section", { type: "section", text: plain("a") }, { message: true, modal: true, home: true }],
  ] as const)("a %s block stands where Slack lets it", (_type, block, expected) => {
    const stands = (surface: "message" | "modal" | "home") =>
      validateBlocks([block], surface, "/blocks").length === 0;
    expect({ message: stands("message"), modal: stands("modal"), home: stands("home") }).toEqual(expected);
  });
});

function mistakesIn(view: object): SlackError {
  try {
    checkView(view, "modal");
  } catch (error) {
    if (error instanceof SlackError) return error;
    throw error;
  }
  throw new Error("the view was taken");
}

describe("views", () => {
  const modal = { type: "modal", title: plain("Title"), blocks: [] };
  const input = { type: "input", label: plain("A"), element: { type: "plain_text_input" } };

  test.each([
    ["a title of 25 characters", { ...modal, title: plain(x(25)) }, "/view/title/text"],
    ["a submit label of 25 characters", { ...modal, submit: plain(x(25)) }, "/view/submit/text"],
    ["no title", { type: "modal", blocks: [] }, "/view"],
    [
      "private_metadata of 3,001 characters",
      { ...modal, private_metadata: x(3001) },
      "/view/private_metadata",
    ],
    ["a callback_id of 256 characters", { ...modal, callback_id: x(256) }, "/view/callback_id"],
    ["101 blocks", { ...modal, blocks: times(101, () => divider) }, "/view/blocks"],
    ["an input and no submit", { ...modal, blocks: [input] }, "/view"],
    [
      "a label of 2,001 characters",
      { ...modal, submit: plain("Go"), blocks: [{ ...input, label: plain(x(2001)) }] },
      "/view/blocks/0/label/text",
    ],
    [
      "a placeholder of 151 characters",
      {
        ...modal,
        submit: plain("Go"),
        blocks: [{ ...input, element: { type: "plain_text_input", placeholder: plain(x(151)) } }],
      },
      "/view/blocks/0/element/placeholder/text",
    ],
    [
      "max_length above 3,000",
      {
        ...modal,
        submit: plain("Go"),
        blocks: [{ ...input, element: { type: "plain_text_input", max_length: 3001 } }],
      },
      "/view/blocks/0/element/max_length",
    ],
    ["a table", { ...modal, blocks: [table(1, 1)] }, "/view/blocks/0/type"],
    ["the type of a Home", { ...modal, type: "home" }, "/view/type"],
  ])("a modal with %s is refused", (_what, view, pointer) => {
    const error = mistakesIn(view);
    expect(error.code).toBe("invalid_arguments");
    expect(JSON.stringify(error.details)).toContain(`[json-pointer:${pointer}]`);
  });

  test("a view above 250 KB is too large", () => {
    const blocks = times(90, () => ({ type: "section", text: plain(x(2900)) }));
    expect(() => checkView({ ...modal, blocks }, "modal")).toThrow("view_too_large");
  });

  test("a modal of 100 blocks is taken", () => {
    expect(checkView({ ...modal, blocks: times(100, () => divider) }, "modal")).toBeTruthy();
  });
});

test("the Web API answers invalid_blocks with Slack's messages", async () => {
  await using slack = await startSlack();
  const call = webClient(slack).chat.postMessage({
    channel: "C0APPROVALS",
    text: "a",
    blocks: [{ type: "header", text: { type: "plain_text", text: x(151) } }],
  });
  await expect(call).rejects.toMatchObject({
    data: {
      error: "invalid_blocks",
      response_metadata: {
        messages: ["[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"],
      },
    },
  });
  expect(slack.as("lead").messages("C0APPROVALS")).toEqual([]);
});
