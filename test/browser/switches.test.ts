import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  aPlace,
  askForAnOrder,
  flip,
  modal,
  newestCard,
  newestMessage,
  type Place,
  press,
  type,
  tellsWhatStood,
} from "./a-place.ts";

describe("Slack and AWS in trouble, by their switches", () => {
  let place: Place;
  tellsWhatStood(() => place);
  let lead: Page;
  let oncall: Page;
  beforeAll(async () => {
    place = await aPlace();
    lead = await place.tab("lead", "C0APPROVALS");
    oncall = await place.tab("oncall", "C0INCIDENTS");
    await oncall.getByRole("tab", { name: "Controls" }).click();
  });
  afterAll(() => place?.[Symbol.asyncDispose]());
  afterEach(async () => {
    await flip(oncall, "Slack works again");
    await flip(oncall, "AWS works again");
    for (const name of ["Slack", "AWS"]) await states(name, "works");
  });

  /** What the panel says of one of its parts. */
  async function states(part: string, state: string): Promise<void> {
    const group = oncall.locator(".control").filter({ has: oncall.getByRole("heading", { name: part }) });
    await group.locator(".now").getByText(state).waitFor();
  }
  async function waitsForApproval(reason: string): Promise<void> {
    await askForAnOrder(oncall, "O-00000001", reason);
    await newestCard(lead).getByText(reason, { exact: true }).waitFor();
  }
  async function letFail(operation: string, effect: string, more: { table?: string; times: number }) {
    await oncall.getByLabel("Which call").selectOption(operation);
    await oncall.getByLabel("Of which table").selectOption(more.table ?? "every table");
    await oncall.getByLabel("What happens").selectOption(effect);
    await oncall.getByLabel("How often (0: always)").fill(String(more.times));
    await oncall.getByLabel("Seconds of delay").fill("1");
    await flip(oncall, "Let calls fail");
  }

  test("what somebody is about to type into a switch is typed there, whatever the panel has to tell meanwhile", async () => {
    const often = oncall.getByLabel("How often (0: always)");
    await often.fill("4");
    await often.selectText();
    place.sandbox.aws.faults.add({ operation: "Scan", times: 9, effect: { kind: "throttle" } });
    await states("AWS", "Scan is throttled, 9 times");
    await oncall.keyboard.insertText("7");
    await expect.poll(() => often.inputValue()).toBe("7");
    await often.press("ArrowUp");
    await expect.poll(() => often.inputValue()).toBe("8");
  });

  test("in a slow Slack a form opens late, in one too slow for a form the person is told, and then it opens again", async () => {
    await oncall.getByLabel("Seconds", { exact: true }).fill("1");
    await flip(oncall, "Make Slack slow");
    await states("Slack", "every call takes 1 s longer");
    await type(oncall, "/jit request orders-by-id");
    await modal(oncall).getByLabel("Order number").waitFor();
    await modal(oncall).getByRole("button", { name: "Close" }).click();
    await modal(oncall).waitFor({ state: "hidden" });

    await oncall.getByLabel("Seconds", { exact: true }).fill("5");
    await flip(oncall, "Make Slack slow");
    await states("Slack", "every call takes 5 s longer");
    await type(oncall, "/jit request orders-by-id");
    await newestMessage(oncall).getByText("Something went wrong on our side").waitFor();

    await flip(oncall, "Slack works again");
    await type(oncall, "/jit request orders-by-id");
    await modal(oncall).getByLabel("Order number").waitFor();
    await modal(oncall).getByRole("button", { name: "Close" }).click();
    await modal(oncall).waitFor({ state: "hidden" });
  });

  test("a vote that Slack's rate limit keeps from being checked does not count, and counts when it is cast again", async () => {
    await waitsForApproval("Too many calls");
    await flip(oncall, "Limit the rate");
    await states("Slack", "every call is refused as one too many, for 2 s");
    await press(lead, "Approve", "Approve");
    await newestMessage(lead).getByText("Slack could not say who you are just now").waitFor();
    await newestCard(lead).getByText("Waiting for approval").waitFor();
    await flip(oncall, "Slack works again");
    await press(lead, "Approve", "Approve");
    await newestCard(lead)
      .getByText(/Approved by/)
      .waitFor();
  });

  test.each([
    ["AssumeRole", "throttle", { times: 1 }, "AssumeRole is throttled, once", /1 order/],
    ["GetItem", "slow", { table: "orders", times: 1 }, "GetItem of orders takes 1 s longer, once", /1 order/],
    [
      "GetItem",
      "reset",
      { table: "orders", times: 1 },
      "GetItem of orders is cut off before it was carried out, once",
      /1 order/,
    ],
    ["GetItem", "internal", { table: "orders", times: 0 }, "GetItem of orders fails", /run failed/],
    ["GetItem", "hang", { table: "orders", times: 0 }, "GetItem of orders has no answer", /run failed/],
  ])("a call of a run, %s: %s; the card tells how it went", async (operation, effect, more, state, shown) => {
    const reason = `${operation} ${effect}`;
    await waitsForApproval(reason);
    await letFail(operation, effect, more);
    await states("AWS", state);
    await press(lead, "Approve", "Approve");
    await newestCard(lead).getByText(shown).first().waitFor();
  });

  test("with AWS down an act is refused in a sentence, changes nothing, and goes through when it is up again", async () => {
    await waitsForApproval("While AWS is down");
    await flip(oncall, "Take AWS down");
    await states("AWS", "down");
    await press(lead, "Approve", "Approve");
    await newestMessage(lead).getByText("Something went wrong on our side").waitFor();
    await flip(oncall, "AWS works again");
    await newestCard(lead).getByText("Waiting for approval").waitFor();
    await press(lead, "Approve", "Approve");
    await newestCard(lead)
      .getByText(/1 order/)
      .first()
      .waitFor();
  });

  test("no tab complained", () => {
    expect(place.complaints).toEqual([]);
  });
});
