import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../fixtures/eventually.ts";
import {
  aPlace,
  askForAnOrder,
  flip as throwSwitch,
  modal,
  newestMessage,
  type Place,
  press,
  type,
  tellsWhatStood,
} from "./a-place.ts";

describe("trouble, by its switches", () => {
  let place: Place;
  tellsWhatStood(() => place);
  let runbooks: string;
  let control: Page;
  beforeAll(async () => {
    runbooks = await mkdtemp(join(tmpdir(), "jit-page-"));
    await cp(resolve(import.meta.dirname, "../../runbooks"), runbooks, { recursive: true });
    place = await aPlace({ runbooks });
    control = await place.tab("lead", "C0APPROVALS");
    await control.getByRole("tab", { name: "Controls" }).click();
  });
  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
    await rm(runbooks, { recursive: true, force: true });
  });

  const flip = (name: string) => throwSwitch(control, name);

  test("a worker killed in the middle of a run is found by the next one, and nothing runs twice", async () => {
    const oncall = await place.tab("oncall", "C0INCIDENTS");
    await control.getByLabel("Which call").selectOption("AssumeRole");
    await control.getByLabel("Seconds of delay").fill("60");
    await flip("Let calls fail");
    await control.getByText("Let calls fail: done.").waitFor();

    await askForAnOrder(oncall, "O-00000001", "A worker will die");
    await newestMessage(control).getByText("A worker will die").waitFor();
    await press(control, "Approve", "Approve");
    await newestMessage(control)
      .getByText(/Running|is running/)
      .first()
      .waitFor();
    await flip("Kill the bot");
    await control.getByText(/is dead/).waitFor();
    await type(oncall, "/jit status");
    await oncall
      .getByText(/operation_timeout|dispatch_failed/)
      .first()
      .waitFor();

    await flip("AWS works again");
    await flip("Restart the bot");
    await control.getByText("Restart the bot: done.").waitFor();
    // A worker is taken for dead after 30 s without a sign of life.
    await control.getByLabel("Minutes to pass").fill("1");
    await flip("Let time pass");
    const inside = oncall.getByRole("tabpanel", { name: "Inside" });
    await inside.getByText("run.unknown").first().waitFor();
    await inside.locator(".run .pill.failed").waitFor();
    await newestMessage(control)
      .getByText(/worker is gone|failed/i)
      .first()
      .waitFor();
    const data = place.sandbox.aws.calls
      .query({ operation: "GetItem" })
      .filter(({ sessionName }) => sessionName?.startsWith("jit-R"));
    expect(data).toHaveLength(0);
  });

  test("Slack down is said to whoever acts, and what was missed is there when it works again", async () => {
    const oncall = await place.tab("oncall", "C0INCIDENTS");
    await flip("Take Slack down");
    await control.getByText("Take Slack down: done.").waitFor();
    await type(oncall, "/jit help");
    await oncall.getByText("Slack can't be reached.").first().waitFor();
    await flip("Slack works again");
    await place.sandbox.slack.waitForConnections(1, 60_000);
    await type(oncall, "/jit help");
    await newestMessage(oncall).getByText("Only visible to you").waitFor();
  });

  test("a channel shared by a switch is marked so in every tab", async () => {
    const oncall = await place.tab("oncall", "C0INCIDENTS");
    await control.getByLabel("Channel", { exact: true }).selectOption("incidents");
    await flip("Share with another organisation");
    await oncall.getByRole("main").getByText("shared with another organisation").waitFor();
  });

  test("a mistake in a runbook is shown by file and line, and its cure is taken over without a restart", async () => {
    const file = join(runbooks, "orders-by-id.yml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("title: One order by its number", "titel: One order by its number"));
    const panel = control.getByRole("tabpanel", { name: "Controls" });
    await panel.getByText("have mistakes").waitFor();
    await panel.getByText(/orders-by-id\.yml:\d+/).waitFor();
    await writeFile(file, text.replace("title: One order by its number", "title: One order, read anew"));
    await panel.getByText("in force").waitFor();
    const oncall = await place.tab("oncall", "C0INCIDENTS");
    await eventually(async () => (await titleOfForm(oncall)) === "One order, read anew");
  });

  async function titleOfForm(tab: Page): Promise<string | null> {
    await type(tab, "/jit request orders-by-id");
    const title = modal(tab).getByRole("heading", { level: 3 }).first();
    await title.waitFor();
    const text = await title.textContent();
    await modal(tab).getByRole("button", { name: "Close" }).click();
    await modal(tab).waitFor({ state: "hidden" });
    return text;
  }

  test("reset leaves an empty workspace and a bot that answers", async () => {
    await flip("Reset the sandbox");
    await control.locator("dialog.confirm").getByRole("button", { name: "Reset" }).click();
    await control.getByText("Reset: done.").waitFor();
    await control
      .getByRole("log", { name: "Messages" })
      .getByRole("article")
      .first()
      .waitFor({ state: "detached" });
    await type(control, "/jit help");
    await newestMessage(control).getByText("Only visible to you").waitFor();
  });

  test("no tab complained", () => {
    expect(place.complaints).toEqual([]);
  });
});
