import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addMessage, asBot, editMessage } from "../../src/sandbox/slack/messages.ts";
import { openModal } from "../../src/sandbox/slack/views.ts";
import type { JsonObject } from "../../src/sandbox/slack/json.ts";
import { eventually } from "../fixtures/eventually.ts";
import { aPlace, modal, newestMessage, type Place, tellsWhatStood } from "./a-place.ts";

const words = (text: string) => ({ type: "plain_text", text });
const choice = (text: string, value: string) => ({ text: words(text), value });
const options = [choice("Red", "r"), choice("Green", "g")];

describe("Block Kit, drawn", () => {
  let place: Place;
  tellsWhatStood(() => place);
  let tab: Page;
  beforeAll(async () => {
    place = await aPlace();
    tab = await place.tab("oncall", "C0INC4211");
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  function post(blocks: JsonObject[]) {
    const { workspace } = place.sandbox.slack;
    return addMessage(workspace, { channel: "C0INC4211", ...asBot(workspace), text: "fallback", blocks });
  }

  test("a block and an element that the page does not know are shown as such, with what they hold", async () => {
    post([
      { type: "hologram", depth: 3 },
      { type: "actions", elements: [{ type: "lever", action_id: "pull" }] },
    ]);
    const message = newestMessage(tab);
    await message.getByText("Unknown block: hologram").click();
    expect(await message.getByText('"depth": 3').isVisible()).toBe(true);
    await message.getByText("Unknown element: lever").waitFor();
  });

  test("markup is drawn, and what only looks like markup or HTML is text", async () => {
    post([
      {
        type: "section",
        text: {
          type: "mrkdwn",
          text: "*bold* _it_ ~gone~ `co*de*` 2*3*4 <@U0LEAD> <#C0INCIDENTS> <!subteam^S0ORDERS> &lt;img src=x onerror=alert(1)&gt; <https://example.com|a link> <javascript:alert(1)|no link> <!date^99999999999999^{date}|beyond every calendar>",
        },
        fields: [{ type: "mrkdwn", text: "left" }, words("*right*")],
      },
    ]);
    const message = newestMessage(tab);
    await message.getByText("bold", { exact: true }).waitFor();
    const html = await message.innerHTML();
    for (const part of [
      "<strong>bold</strong>",
      "<em>it</em>",
      "<s>gone</s>",
      "<code>co*de*</code>",
      "2*3*4",
      ">@Team lead</span>",
      ">#incidents</span>",
      ">@orders-approvers</span>",
      "&lt;img src=x onerror=alert(1)&gt;",
      "*right*",
      "beyond every calendar",
    ]) {
      expect(html).toContain(part);
    }
    expect(await message.getByRole("link").count()).toBe(1);
    expect(await message.getByRole("link").getAttribute("href")).toBe("https://example.com");
  });

  test("a date token stands in the person's zone, and an edit is marked", async () => {
    const { workspace } = place.sandbox.slack;
    workspace.person("oncall").tz = "Asia/Tokyo";
    await tab.reload();
    const message = post([
      {
        type: "context",
        elements: [{ type: "mrkdwn", text: "<!date^1763690400^{date_num} {time}|2025-11-21 02:00 UTC>" }],
      },
    ]);
    await newestMessage(tab).getByText("2025-11-21 11:00").waitFor();
    expect(await newestMessage(tab).getByText("(edited)").count()).toBe(0);
    editMessage(workspace, message, { blocks: [{ type: "header", text: words("Anew") }] });
    await newestMessage(tab).getByRole("heading", { name: "Anew" }).waitFor();
    await newestMessage(tab).getByText("(edited)").waitFor();
  });

  test("every kind of input takes what is typed and gives it to the view, also after an error", async () => {
    const { workspace } = place.sandbox.slack;
    const input = (block_id: string, element: JsonObject, more: JsonObject = {}) => ({
      type: "input",
      block_id,
      label: words(`Field ${block_id}`),
      element: { action_id: "value", ...element },
      ...more,
    });
    const view = openModal(workspace, "U0ONCALL", {
      type: "modal",
      title: words("All kinds"),
      submit: words("Send"),
      blocks: [
        input("text", { type: "plain_text_input" }),
        input("lines", { type: "plain_text_input", multiline: true }),
        input("number", { type: "number_input", is_decimal_allowed: false, min_value: "1" }),
        input("mail", { type: "email_text_input" }),
        input("url", { type: "url_text_input" }),
        input("day", { type: "datepicker" }),
        input("hour", { type: "timepicker" }),
        input("moment", { type: "datetimepicker" }),
        input("one", { type: "static_select", options }),
        input("radio", { type: "radio_buttons", options }),
        input("boxes", { type: "checkboxes", options }),
        input("several", { type: "multi_static_select", options }),
        input("person", { type: "users_select" }),
        input("place", { type: "conversations_select" }),
        { type: "alert", text: words("Mind this"), level: "warning" },
      ],
    });
    const form = modal(tab);
    await form.getByText("Mind this").waitFor();
    const typed: Record<string, string> = {
      text: "some text",
      lines: "two\nlines",
      number: "0",
      mail: "a@example.com",
      url: "https://example.com",
      day: "2026-11-20",
      hour: "14:30",
      moment: "2026-11-20T14:30",
    };
    for (const [name, value] of Object.entries(typed)) await form.getByLabel(`Field ${name}`).fill(value);
    for (const [name, text] of [
      ["one", "Gre"],
      ["person", "Team"],
      ["place", "inc-4211"],
    ] as const) {
      await form.getByLabel(`Field ${name}`).fill(text);
      await form.getByRole("option").first().click();
    }
    await form.getByRole("radiogroup", { name: "Field radio" }).getByLabel("Red").check();
    await form.getByRole("group", { name: "Field boxes" }).getByLabel("Red").check();
    await form.getByRole("group", { name: "Field boxes" }).getByLabel("Green").check();
    await form.getByRole("group", { name: "Field several" }).getByLabel("Green").check();
    await form.getByRole("button", { name: "Send" }).click();
    await form.getByText("Enter a number of at least 1.").waitFor();
    const value = (block: string) =>
      Object.entries(view.values[block]?.["value"] ?? {}).find(([key]) => key !== "type")?.[1];
    expect(Object.fromEntries(Object.keys(view.values).map((block) => [block, value(block)]))).toMatchObject({
      ...typed,
      hour: "14:30",
      moment: expect.any(Number) as number,
      one: { value: "g" },
      radio: { value: "r" },
      boxes: [{ value: "r" }, { value: "g" }],
      several: [{ value: "g" }],
      person: "U0LEAD",
      place: "C0INC4211",
    });
    expect(await form.getByLabel("Field lines").inputValue()).toBe("two\nlines");
    await tab.keyboard.press("Escape");
    await form.waitFor({ state: "hidden" });
  });

  test("two tabs of one person show the same form, and the same words in it", async () => {
    const { workspace } = place.sandbox.slack;
    const other = await place.tab("oncall", "C0INC4211");
    openModal(workspace, "U0ONCALL", {
      type: "modal",
      title: words("In step"),
      submit: words("Send"),
      blocks: [
        {
          type: "input",
          block_id: "a",
          label: words("A"),
          element: { type: "plain_text_input", action_id: "v" },
        },
        {
          type: "input",
          block_id: "b",
          label: words("B"),
          element: { type: "plain_text_input", action_id: "v" },
        },
      ],
    });
    await modal(other).getByLabel("B").focus();
    await modal(tab).getByLabel("A").fill("typed here");
    await modal(tab).getByLabel("B").focus();
    await eventually(async () => (await modal(other).getByLabel("A").inputValue()) === "typed here");
    await tab.keyboard.press("Escape");
    await modal(other).waitFor({ state: "hidden" });
  });

  test("an overflow menu asks its question before it acts", async () => {
    post([
      {
        type: "section",
        text: words("More"),
        accessory: {
          type: "overflow",
          action_id: "nobody_listens",
          options,
          confirm: {
            title: words("Really?"),
            text: words("It is red."),
            confirm: words("Yes"),
            deny: words("No"),
          },
        },
      },
    ]);
    const before = place.sandbox.slack.record.deliveries("block_actions").length;
    await newestMessage(tab).getByLabel("More").click();
    await newestMessage(tab).getByRole("button", { name: "Red" }).click();
    await tab.locator("dialog.confirm").getByRole("button", { name: "No" }).click();
    expect(place.sandbox.slack.record.deliveries("block_actions")).toHaveLength(before);
  });

  test("no tab complained", () => {
    expect(place.complaints).toEqual([]);
  });
});
