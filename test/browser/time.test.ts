import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  aPlace,
  askForAnOrder,
  flip,
  modal,
  newestMessage,
  type Place,
  press,
  type,
  tellsWhatStood,
} from "./a-place.ts";

describe("time, by its switches", () => {
  let place: Place;
  tellsWhatStood(() => place);
  let lead: Page;
  let oncall: Page;
  beforeAll(async () => {
    place = await aPlace();
    lead = await place.tab("lead", "C0APPROVALS");
    oncall = await place.tab("oncall", "C0INCIDENTS");
    await lead.getByRole("tab", { name: "Controls" }).click();
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  test("nothing expires while no grant is open, and the page says so", async () => {
    await flip(lead, "Expire now");
    await lead.getByText("Expire now: no grant is open").waitFor();
  });

  test("expire now ends a window and its session, and the proof stands in the thread", async () => {
    await type(oncall, "/jit request orders-by-id");
    await modal(oncall).getByLabel("Order number").fill("O-00000001");
    await modal(oncall).getByRole("radio", { name: "A time window" }).check();
    await modal(oncall).getByLabel("Reason").fill("To expire");
    await modal(oncall).getByRole("button", { name: "Send request" }).click();
    await approve("To expire");
    await newestMessage(lead)
      .getByText(/1 order/)
      .first()
      .waitFor();
    await flip(lead, "Expire now");
    await endIsProven();
  });

  test("also when the bot was killed and started again since", async () => {
    await askForAnOrder(oncall, "O-00000002", "To expire after a restart");
    await approve("To expire after a restart");
    await newestMessage(lead)
      .getByText(/1 order/)
      .first()
      .waitFor();
    await flip(lead, "Kill the bot");
    await flip(lead, "Restart the bot");
    await lead.getByText("Restart the bot: done.").waitFor();
    await flip(lead, "Expire now");
    await endIsProven();
  });

  test("a request that nobody decides lapses when its time has passed, and the day is told by that clock", async () => {
    await askForAnOrder(oncall, "O-00000003", "Left to lapse");
    await newestMessage(lead).getByText("Left to lapse").waitFor();
    await lead.getByLabel("Minutes to pass").fill(String(25 * 60));
    await flip(lead, "Let time pass");
    await newestMessage(lead)
      .getByText(/lapsed/i)
      .first()
      .waitFor();
    await lead
      .getByRole("log", { name: "Messages" })
      .getByRole("article")
      .first()
      .getByText(/yesterday/)
      .first()
      .waitFor();
  });

  async function approve(reason: string): Promise<void> {
    await newestMessage(lead).getByText(reason, { exact: true }).waitFor();
    await press(lead, "Approve", "Approve");
  }

  async function endIsProven(): Promise<void> {
    const card = newestMessage(lead);
    await card
      .getByText(/Access ended/)
      .first()
      .waitFor();
    await card.getByRole("button", { name: /\d repl/ }).click();
    const thread = lead.getByRole("log", { name: "Thread" });
    await thread
      .getByText(/its end is proven/)
      .first()
      .waitFor();
    expect(await thread.textContent()).toMatch(
      /session jit-R\w+-1 (expired .* by AWS’s clock|was denied by AWS)/,
    );
    await lead.getByRole("tab", { name: "Controls" }).click();
  }

  test("no tab complained", () => {
    expect(place.complaints).toEqual([]);
  });
});
