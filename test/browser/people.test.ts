import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../fixtures/eventually.ts";
import { aPlace, go, modal, newestMessage, type Place, type, tellsWhatStood } from "./a-place.ts";

const manifest = resolve(import.meta.dirname, "../../manifest.yml");
const shortcuts = `features:
  shortcuts:
    - { name: Ask from anywhere, type: global, callback_id: ask_anywhere, description: Opens the form }
    - { name: Ask about this, type: message, callback_id: ask_about, description: Fills the form }
`;

describe("everybody who can be tried, and what they can reach", () => {
  let place: Place;
  tellsWhatStood(() => place);
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "jit-manifest-"));
    const withShortcuts = join(folder, "manifest.yml");
    await writeFile(withShortcuts, (await readFile(manifest, "utf8")).replace(/^features:\n/m, shortcuts));
    place = await aPlace({ manifest: withShortcuts });
  });
  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test("the switcher offers every persona by role, and says what is special about them", async () => {
    const tab = await place.tab("oncall", "C0INCIDENTS");
    const offered = await tab.getByLabel("You are").getByRole("option").allTextContents();
    expect(offered).toEqual([
      "On-call engineer",
      "Second engineer",
      "Team lead",
      "Second approver",
      "Security approver",
      "Guest",
      "Single-channel guest",
      "Person of the other organisation",
      "Deactivated engineer",
    ]);
  });

  test.each([
    ["guest", "C0INCIDENTS", "Only members of engineering can ask for this runbook."],
    ["ultra-guest", "C0INCIDENTS", "Only members of engineering can ask for this runbook."],
    ["outsider", "C0SHARED", "This app works for members of its own workspace only."],
    ["deactivated", "C0INCIDENTS", "Only members of engineering can ask for this runbook."],
  ])("%s is told why they can't ask", async (persona, channel, why) => {
    const tab = await place.tab(persona, channel);
    await type(tab, "/jit request orders-by-id");
    await newestMessage(tab).getByText(why).waitFor();
    expect(await modal(tab).isVisible()).toBe(false);
  });

  test("the tab becomes somebody else, who sees their own channels and none of the other's private ones", async () => {
    const tab = await place.tab("lead", "C0AUDIT");
    await tab.getByRole("heading", { name: "#jit-audit" }).waitFor();
    await tab.getByLabel("You are").selectOption("engineer");
    await tab.getByRole("heading", { name: "No such channel" }).waitFor();
    const places = tab.getByRole("navigation", { name: "Channels" });
    expect(await places.getByRole("button", { name: "#jit-audit" }).count()).toBe(0);
    await go(tab, "#incidents");
    await type(tab, "I am here");
    await newestMessage(tab).getByText("I am here").waitFor();
    expect(await newestMessage(tab).getAttribute("aria-label")).toContain("Second engineer");
  });

  test("the composer completes a command while it is typed, by any of its words", async () => {
    const tab = await place.tab("oncall", "C0INCIDENTS");
    const composer = tab.getByRole("combobox", { name: "Message to the channel" });
    await composer.fill("/jit by-id");
    await tab.getByRole("option", { name: /orders-by-id/ }).waitFor();
    await composer.press("ArrowDown");
    await composer.press("Tab");
    expect(await composer.inputValue()).toBe("/jit request orders-by-id");
    await composer.fill("no command");
    await tab.getByRole("listbox").first().waitFor({ state: "hidden" });
  });

  test("a global and a message shortcut reach the app as Slack sends them, and are told when nobody is there", async () => {
    const tab = await place.tab("oncall", "C0INC4211");
    await type(tab, "Order O-00000001 is stuck");
    const { record } = place.sandbox.slack;
    const sent = (kind: string) => record.deliveries(kind).at(-1)?.payload;
    await tab.getByRole("button", { name: "Ask from anywhere" }).click();
    await eventually(() => sent("shortcut") !== undefined);
    expect(sent("shortcut")).toMatchObject({ callback_id: "ask_anywhere", user: { id: "U0ONCALL" } });
    await newestMessage(tab).getByRole("button", { name: "Ask about this" }).click();
    await eventually(() => sent("message_action") !== undefined);
    expect(sent("message_action")).toMatchObject({
      callback_id: "ask_about",
      channel: { id: "C0INC4211" },
      message: { text: "Order O-00000001 is stuck" },
    });
    await place.sandbox.bot.kill();
    await tab.getByRole("button", { name: "Ask from anywhere" }).click();
    await tab
      .getByText(/This app did not respond/)
      .first()
      .waitFor();
  });

  test("no tab complained", () => {
    expect(place.complaints).toEqual([]);
  });
});
