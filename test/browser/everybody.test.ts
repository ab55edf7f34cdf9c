import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../fixtures/eventually.ts";
import { aPlace, askForAnOrder, modal, newestMessage, type Place, press, tellsWhatStood } from "./a-place.ts";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const phone = { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true };

describe("the page for everybody", () => {
  let place: Place;
  tellsWhatStood(() => place);
  beforeAll(async () => {
    place = await aPlace();
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  test("asking and approving need no mouse", async () => {
    const oncall = await place.tab("oncall", "C0INCIDENTS");
    const { keyboard } = oncall;
    await tabTo(oncall, "Message to the channel");
    await keyboard.type("/jit req");
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await keyboard.press("Enter");
    await modal(oncall).getByText("Which runbook?").waitFor();
    await keyboard.type("one order by its");
    await modal(oncall).getByRole("option").first().waitFor();
    await keyboard.press("Enter");
    await modal(oncall).getByLabel("Order number").waitFor();
    await focusIs(oncall, "Order number");
    await keyboard.type("O-00000004");
    await tabTo(oncall, "Reason");
    await keyboard.type("By keyboard");
    await tabTo(oncall, "Send request");
    await keyboard.press("Enter");
    await modal(oncall).waitFor({ state: "hidden" });

    const lead = await place.tab("lead", "C0APPROVALS");
    await newestMessage(lead).getByText("By keyboard").waitFor();
    await tabTo(lead, /^Approve/);
    await lead.keyboard.press("Enter");
    await lead.locator("dialog.confirm").waitFor();
    await lead.keyboard.press("Tab");
    await lead.keyboard.press("Enter");
    await newestMessage(lead)
      .getByText(/Approved by/)
      .waitFor();
  });

  test("Escape closes a question without an answer, and a form as its cross does", async () => {
    const lead = await place.tab("lead", "C0APPROVALS");
    const oncall = await place.tab("oncall", "C0INCIDENTS");
    await askForAnOrder(oncall, "O-00000005", "Left alone");
    await newestMessage(lead).getByText("Left alone").waitFor();
    await press(lead, "Approve");
    await lead.keyboard.press("Escape");
    await lead.locator("dialog.confirm").waitFor({ state: "detached" });
    await press(lead, "Deny…");
    await modal(lead)
      .getByLabel(/Reason|Why/)
      .first()
      .waitFor();
    await lead.keyboard.press("Escape");
    await modal(lead).waitFor({ state: "hidden" });
    await newestMessage(lead).getByText("Waiting for approval").waitFor();
  });

  test("on a phone, one part is in sight at a time and nothing is wider than the screen", async () => {
    const lead = await place.tab("approver2", "C0APPROVALS", phone);
    await newestMessage(lead).waitFor();
    const wide = () => lead.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(await wide()).toBeLessThanOrEqual(0);
    await lead.getByRole("button", { name: "Channels", exact: true }).click();
    await lead.getByRole("button", { name: "#incidents" }).click();
    await lead.getByRole("heading", { name: "#incidents" }).waitFor();
    await lead.getByRole("button", { name: "Behind", exact: true }).click();
    await lead.getByRole("tabpanel", { name: "Inside" }).waitFor();
    expect(await wide()).toBeLessThanOrEqual(0);
    await lead.getByRole("tab", { name: "Controls" }).click();
    await lead.getByRole("button", { name: "Take Slack down" }).waitFor();
    expect(await wide()).toBeLessThanOrEqual(0);
    await lead.getByRole("button", { name: "Chat", exact: true }).click();
    await lead.getByRole("combobox", { name: "Message to the channel" }).fill("/jit request orders-by-id");
    await lead.getByRole("button", { name: "Send" }).click();
    await modal(lead).getByLabel("Order number").waitFor();
    expect(await wide()).toBeLessThanOrEqual(0);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`axe finds nothing serious in the ${colorScheme} page: chat, thread, inside, queue, controls, form, question`, async () => {
      const lead = await place.tab("lead", "C0APPROVALS", { colorScheme });
      await newestMessage(lead).waitFor();
      await newestMessage(lead)
        .getByRole("button", { name: /thread|repl/ })
        .click();
      await lead.getByRole("log", { name: "Thread" }).getByRole("article").first().waitFor();
      expect({ in: "chat and thread", found: await seriousFindings(lead) }).toEqual({
        in: "chat and thread",
        found: [],
      });
      for (const [name, sign] of [
        ["Inside", ".timeline"],
        ["Queue", ".queue .control"],
        ["Controls", ".controls .control"],
      ] as const) {
        await lead.getByRole("tab", { name }).click();
        await lead.locator(sign).first().waitFor();
        expect({ in: name, found: await seriousFindings(lead) }).toEqual({ in: name, found: [] });
      }
      await press(lead, "Approve");
      expect({ in: "question", found: await seriousFindings(lead) }).toEqual({ in: "question", found: [] });
      await lead.keyboard.press("Escape");
      await lead
        .getByRole("combobox", { name: "Message to the channel" })
        .fill("/jit request orders-stuck-by-status");
      await lead.getByRole("button", { name: "Send" }).first().click();
      await modal(lead).getByRole("button", { name: "Send request" }).click();
      await modal(lead).getByRole("alert").first().waitFor();
      expect({ in: "form with errors", found: await seriousFindings(lead) }).toEqual({
        in: "form with errors",
        found: [],
      });
      await lead.keyboard.press("Escape");
    });
  }

  test("no tab complained", () => {
    expect(place.complaints).toEqual([]);
  });

  /** Walks with the Tab key until the element of this name has the focus. */
  async function tabTo(tab: Page, name: string | RegExp): Promise<void> {
    for (let steps = 0; steps < 120; steps++) {
      const focused = await focusedName(tab);
      if (typeof name === "string" ? focused === name : name.test(focused)) return;
      await tab.keyboard.press("Tab");
    }
    throw new Error(`120 times Tab did not come to ${String(name)}`);
  }

  async function focusIs(tab: Page, name: string): Promise<void> {
    await eventually(async () => (await focusedName(tab)) === name);
  }

  function focusedName(tab: Page): Promise<string> {
    return tab.evaluate(() => {
      const element = document.activeElement;
      const label = (element as HTMLInputElement | null)?.labels?.[0]?.textContent;
      return (element?.getAttribute("aria-label") ?? label ?? element?.textContent ?? "").trim();
    });
  }

  /** What axe calls serious or critical, as one line each. Put in from outside, since the page lets no script in. */
  async function seriousFindings(tab: Page): Promise<string[]> {
    const session = await tab.context().newCDPSession(tab);
    await session.send("Runtime.evaluate", { expression: await readFile(axe, "utf8") });
    await session.detach();
    const { violations } = await tab.evaluate(() =>
      (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
    );
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary ?? ""}`).join(" | ")}`,
      );
  }
});
