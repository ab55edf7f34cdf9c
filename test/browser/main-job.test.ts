import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../fixtures/eventually.ts";
import {
  aPlace,
  askForAnOrder,
  fillAndSend,
  go,
  modal,
  newestMessage,
  type Place,
  press,
  type,
  tellsWhatStood,
} from "./a-place.ts";

describe("the main job, by two people in their own browsers", () => {
  let place: Place;
  tellsWhatStood(() => place);
  beforeAll(async () => {
    place = await aPlace();
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  test("a request is asked for, approved, run, delivered and ended, and both see each step as it happens", async () => {
    const oncall = await place.tab("oncall", "C0INCIDENTS");
    const lead = await place.tab("lead", "C0APPROVALS");

    await askForAnOrder(oncall, "O-00000001", "INC-4211: where does it stand?");
    const card = newestMessage(lead);
    await card.getByText("Waiting for approval").waitFor();
    expect(await card.textContent()).toContain("INC-4211: where does it stand?");
    expect(await card.textContent()).toContain("@On-call engineer");

    await go(oncall, "#jit-approvals");
    await newestMessage(oncall).getByText("Waiting for approval").waitFor();
    await press(lead, "Approve", "Approve");
    for (const tab of [oncall, lead])
      await newestMessage(tab)
        .getByText(/Approved by/)
        .waitFor();
    await newestMessage(oncall).getByText("(edited)").waitFor();

    await newestMessage(lead)
      .getByRole("button", { name: /\d replies/ })
      .click();
    const thread = lead.getByRole("log", { name: "Thread" });
    await thread
      .getByText(/1 order/)
      .first()
      .waitFor();

    await go(oncall, "Direct message with jit");
    await newestMessage(oncall)
      .getByRole("button", { name: /\d repl/ })
      .click();
    await oncall
      .getByRole("log", { name: "Thread" })
      .getByRole("cell", { name: "O-00000001" })
      .first()
      .waitFor();
  });

  test("the panel shows what Slack does not: plan, policy, votes, calls with what decided them, and a chain that holds", async () => {
    const lead = await place.tab("lead", "C0APPROVALS");
    await newestMessage(lead)
      .getByRole("button", { name: /^Look inside/ })
      .click();
    const inside = lead.getByRole("tabpanel", { name: "Inside" });
    await inside.getByRole("img", { name: /Timeline of \d+ events/ }).waitFor();
    await inside.getByText("May GetItem").first().waitFor();
    await inside.getByText("@Team lead approved at").waitFor();
    const calls = inside.locator(".calls > li");
    await calls.filter({ hasText: "sts:AssumeRole" }).first().waitFor();
    const read = calls.filter({ has: lead.locator("strong", { hasText: "dynamodb:GetItem" }) }).first();
    expect(await read.textContent()).toMatch(
      /allowed.*assumed-role\/jit-data-dynamodb-read\/jit-R.*session policy: May GetItem/s,
    );
    await inside.getByText(/^Audit events/).click();
    await inside.getByText("The hash chain holds.").waitFor();
    const events = inside.locator(".events > li");
    expect(await events.first().textContent()).toMatch(/request\.submitted .*hash [0-9a-f]{16} after/);
    expect(await inside.textContent()).toMatch(/plan digest[0-9a-f]{64}/);
    await lead.getByRole("tab", { name: "Queue" }).click();
    const queue = lead.getByRole("tabpanel", { name: "Queue" });
    for (const name of ["runs", "projections", "chores"])
      await queue.getByRole("heading", { name }).waitFor();
  });

  test("a word in a thread is a reply that both count, and a command there is refused as in Slack", async () => {
    const oncall = await place.tab("oncall", "C0INC4211");
    const lead = await place.tab("lead", "C0INC4211");
    await type(oncall, "Who looks at the order?");
    await newestMessage(lead).getByRole("button", { name: "Reply in thread" }).click();
    const reply = lead.getByRole("combobox", { name: "Reply in the thread" });
    await reply.fill("I do");
    await reply.press("Enter");
    await newestMessage(oncall).getByRole("button", { name: "1 reply" }).click();
    await oncall.getByRole("log", { name: "Thread" }).getByText("I do").waitFor();
    await reply.fill("/jit help");
    await reply.press("Escape");
    await reply.press("Enter");
    await lead
      .locator(".notice")
      .getByText(/thread/)
      .waitFor();
  });

  test("without the token of this start the page shows nothing but how to come in", async () => {
    const stranger = await place.stranger();
    await stranger
      .getByRole("alert")
      .getByText("open the page by the address that the sandbox printed")
      .waitFor();
    expect(await stranger.getByRole("navigation").count()).toBe(0);
  });

  test("nobody approves their own request: the refusal is seen by them alone", async () => {
    const lead = await place.tab("lead", "C0INCIDENTS");
    const oncall = await place.tab("oncall", "C0APPROVALS");
    await askForAnOrder(lead, "O-00000002", "My own");
    await go(lead, "#jit-approvals");
    await newestMessage(lead).getByText("My own").waitFor();
    await press(lead, "Approve", "Approve");
    const refusal = newestMessage(lead);
    await refusal.getByText("Only visible to you").waitFor();
    expect(await refusal.textContent()).toMatch(/You asked for this yourself/);
    await newestMessage(oncall).getByText("My own").waitFor();
    expect(await oncall.getByText("You asked for this yourself").count()).toBe(0);
  });

  test("a field's error stands on the field, what was typed stays, and the corrected form goes through", async () => {
    const oncall = await place.tab("oncall", "C0INCIDENTS");
    await type(oncall, "/jit request orders-by-id");
    await fillAndSend(oncall, { "Order number": "nonsense", Reason: "Typed once" });
    const field = modal(oncall).getByLabel("Order number");
    await modal(oncall).getByRole("alert").waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await eventually(() => field.evaluate((input) => input === document.activeElement));
    expect(await modal(oncall).getByLabel("Reason").inputValue()).toBe("Typed once");
    await fillAndSend(oncall, { "Order number": "O-00000003" });
    await modal(oncall).waitFor({ state: "hidden" });
  });

  test("a result that is too long for a table comes as a file to download", async () => {
    const oncall = await place.tab("oncall", "C0INCIDENTS");
    const lead = await place.tab("lead", "C0APPROVALS");
    await type(oncall, "/jit request orders-stuck-by-status");
    await modal(oncall).getByRole("radio", { name: "SHIPPED" }).check();
    await modal(oncall)
      .getByLabel("In this status since before (UTC)")
      .fill(`${new Date().toISOString().slice(0, 10)}T00:00`);
    await fillAndSend(oncall, { Reason: "All that were shipped" });
    await modal(oncall).waitFor({ state: "hidden" });
    await newestMessage(lead).getByText("All that were shipped").waitFor();
    await press(lead, /^Approve(?! less)/, "Approve");
    await go(oncall, "Direct message with jit");
    await newestMessage(oncall)
      .getByRole("button", { name: /\d repl/ })
      .click();
    const file = oncall.getByRole("log", { name: "Thread" }).getByRole("button", { name: /^Download jit_/ });
    await file.waitFor();
    const [download] = await Promise.all([oncall.waitForEvent("download"), file.click()]);
    const text = await readFile(await download.path(), "utf8");
    expect(text.split("\n").length).toBeGreaterThan(20);
  });

  test("the app's Home is drawn for the one who opens it", async () => {
    const oncall = await place.tab("oncall", "home");
    await oncall.getByRole("heading", { name: "Access to production data" }).waitFor();
    await oncall
      .locator(".home")
      .getByRole("button", { name: /request/i })
      .first()
      .click();
    await modal(oncall).getByText("Which runbook?").waitFor();
    await modal(oncall).getByRole("button", { name: "Close" }).click();
    await modal(oncall).waitFor({ state: "hidden" });
  });

  test("AWS's refusal of the session, once it is over, is among the calls with what it answered", async () => {
    const lead = await place.tab("lead", "C0APPROVALS");
    const first = lead.getByRole("log", { name: "Messages" }).getByRole("article").first();
    await first
      .getByText(/Access ended/)
      .first()
      .waitFor();
    await first.getByRole("button", { name: /^Look inside/ }).click();
    const refused = lead.locator(".calls > li").filter({ has: lead.locator(".pill.denied") });
    await refused
      .getByText(/AccessDenied/)
      .first()
      .waitFor();
  });

  test("no tab complained", () => {
    expect(place.complaints).toEqual([]);
  });
});
