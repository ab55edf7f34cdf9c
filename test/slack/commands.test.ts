import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Persona } from "../../src/sandbox/slack/driver.ts";
import { requester } from "../fixtures/a-request.ts";
import { allKinds, choiceOf, namedRunbook } from "./all-kinds-runbook.ts";
import { lives, ordersPlan } from "./lives.ts";
import { type Harness, openSurface } from "./surface-harness.ts";

const where = { channel: "#incidents" };

function life(name: string, id: string) {
  const make = lives[name];
  if (!make) throw new Error(`no life called ${name}`);
  return make({ plan: ordersPlan({ requestId: id }) });
}

describe("/jit", () => {
  let harness: Harness;
  let oncall: Persona;

  beforeAll(async () => {
    harness = await openSurface();
    oncall = harness.slack.as("oncall");
  });
  afterAll(() => harness[Symbol.asyncDispose]());
  beforeEach(async () => {
    const open = oncall.view();
    if (open) await oncall.close(open, { all: true });
    harness.useCases.calls.length = 0;
    harness.useCases.requests = [];
    harness.useCases.choices = [choiceOf(allKinds)];
  });

  /** What the command answered to this person alone. */
  async function answerTo(command: string) {
    const before = oncall.ephemerals().at(-1)?.ts ?? "0";
    expect(await oncall.command(command, where)).toMatchObject({ status: "ok" });
    return oncall.waitForEphemeral("", { after: before });
  }

  test("help fits a phone screen and its buttons work", async () => {
    const help = await answerTo("/jit help");
    expect(help.rendered.split("\n").length).toBeLessThanOrEqual(16);
    for (const word of ["request", "status", "end", "runbooks", "break-glass", "help"])
      expect(help.rendered).toContain(`/jit ${word}`);
    await oncall.click(help, "Request access");
    await oncall.waitForView(/Which runbook/);
    await oncall.click(help, "Status");
    await oncall.waitForEphemeral(/asked for nothing yet/);
    await oncall.click(help, "Queries");
    await oncall.waitForEphemeral(/You can ask for 1 runbook/);
  });

  test("alone opens the picker", async () => {
    await oncall.command("/jit", where);
    const picker = await oncall.waitForView(/Which runbook/);
    await oncall.select(picker, "jit_pick", "all-kinds");
    expect(await oncall.waitForView(/Every kind of parameter/)).toBeDefined();
  });

  test("every answer is seen by the person alone", async () => {
    const before = harness.slack.as("lead").messages("#incidents").length;
    await answerTo("/jit status");
    await answerTo("/jit nonsense");
    expect(harness.slack.as("lead").messages("#incidents")).toHaveLength(before);
    expect(harness.slack.as("lead").ephemerals()).toEqual([]);
  });

  test("answers where the bot is no member", async () => {
    await oncall.command("/jit help", { channel: "#no-bot" });
    const help = await oncall.waitForEphemeral((_, { channel }) => channel === "C0NOBOT");
    expect(help.rendered).toContain("/jit request");
  });

  test("says what was understood and the nearest command for a slip, with buttons", async () => {
    const answer = await answerTo("/jit reqest");
    expect(answer.rendered).toContain("There is no “/jit reqest”.");
    expect(answer.rendered).toContain("Did you mean `/jit request`?");
    expect(answer.rendered).toMatch(/\[.*Request access.*\]/);
  });

  test("shows hostile text inert", async () => {
    const answer = await answerTo(
      "/jit <!channel> *x* \u202Eevil\u202C `</code>` <https://evil.example.com|Approve here>",
    );
    const markup = JSON.stringify(
      answer.blocks.filter((block) => JSON.stringify(block).includes('"mrkdwn"')),
    );
    expect(markup).not.toMatch(/channel|evil|Approve/);
  });

  test("request with a runbook opens its form; by title, in any case, too", async () => {
    await oncall.command("/jit request Every Kind of Parameter", where);
    const form = await oncall.waitForView(/Every kind of parameter/);
    await oncall.close(form);
    await oncall.command("/jit ALL-KINDS", where);
    expect(await oncall.waitForView(/Every kind of parameter/)).toBeDefined();
  });

  test("request with an unknown runbook offers the nearest one that this person may ask for", async () => {
    const answer = await answerTo("/jit request all-kind");
    expect(answer.rendered).toMatch(/no runbook called .*all-kind.*Did you mean .*all-kinds/);
    await oncall.click(answer, "jit_request");
    await oncall.waitForView(/Every kind of parameter/);
  });

  test("request with a runbook of others says whose it is", async () => {
    harness.runbooks.set("for-security", namedRunbook("for-security", "For security alone"));
    const answer = await answerTo("/jit request for-security");
    expect(answer.rendered).toMatch(/Only members of engineering can ask for this runbook/);
  });

  test("status shows active with End, pending with Cancel, and the last five with their outcome", async () => {
    harness.useCases.requests = [
      life("running", "R0000000000000001"),
      life("pending", "R0000000000000002"),
      ...["revoked", "denied", "cancelled", "lapsed", "stopped", "revoked", "denied"].map((name, index) =>
        life(name, `R000000000000001${index}`),
      ),
    ];
    const status = await answerTo("/jit status");
    expect(status.text).toBe("You have 2 active accesses and 1 request waiting for approval.");
    expect(status.rendered).toMatch(/R0000000000000001[^]*\[.*End.*\]/);
    expect(status.rendered).toMatch(/R0000000000000002[^]*\[.*Cancel.*\]/);
    expect(status.rendered).toMatch(/12 rows, access ended: its run is done/);
    for (const word of ["denied", "cancelled", "lapsed"]) expect(status.rendered).toContain(word);
    // The newest five that are over: the seventh in the list is not among them.
    expect(status.rendered).not.toContain("R0000000000000016");
  });

  test("End and Cancel in the status act and say so to the person", async () => {
    harness.useCases.requests = [life("running", "R0000000000000001"), life("pending", "R0000000000000002")];
    const status = await answerTo("/jit status");
    await oncall.click(status, "jit_end");
    await oncall.waitForEphemeral(/access is ending/);
    await oncall.click(status, "jit_cancel");
    await oncall.waitForEphemeral(/Cancelled/);
    expect(harness.useCases.of("endGrant")).toEqual([{ requestId: "R0000000000000001", by: requester }]);
    expect(harness.useCases.of("cancelRequest")).toEqual([{ requestId: "R0000000000000002", by: requester }]);
  });

  test("end without an id ends the only active access", async () => {
    harness.useCases.requests = [life("pending", "R0000000000000002"), life("running", "R0000000000000001")];
    const answer = await answerTo("/jit end");
    expect(answer.rendered).toMatch(/access is ending/);
    expect(harness.useCases.of("endGrant")).toEqual([{ requestId: "R0000000000000001", by: requester }]);
  });

  test("end without an id asks which one when there are several, and ends nothing by itself", async () => {
    harness.useCases.requests = [life("running", "R0000000000000001"), life("running", "R0000000000000002")];
    const answer = await answerTo("/jit end");
    expect(answer.rendered).toMatch(/Which access should end/);
    expect(harness.useCases.of("endGrant")).toEqual([]);
  });

  test("end without any active access says so", async () => {
    expect((await answerTo("/jit end")).rendered).toMatch(/no active access to end/);
  });

  test("end takes an id in any case, and one that is not known is said to be so", async () => {
    harness.useCases.requests = [life("running", "R000000000000000A")];
    await answerTo("/jit end r000000000000000a");
    expect(harness.useCases.of("endGrant")).toEqual([{ requestId: "R000000000000000A", by: requester }]);
    expect((await answerTo("/jit end RXXX")).rendered).toMatch(/not known here/);
  });

  test("runbooks lists with a Request button, searches, and says how many are not shown", async () => {
    harness.useCases.choices = Array.from({ length: 120 }, (_, index) =>
      choiceOf(namedRunbook(`query-${index}`, `Query number ${index}`)),
    );
    const list = await answerTo("/jit runbooks");
    expect(list.rendered).toContain("15 of 120 shown");
    const found = await answerTo("/jit runbooks number 117");
    expect(found.rendered).toContain("1 runbook with “number 117”");
    expect(found.rendered).toContain("Query number 117");
    expect((await answerTo("/jit runbooks nothing-like-it")).rendered).toMatch(/None of the 120 runbooks/);
  });

  test("a person without any runbook is told how to get one", async () => {
    harness.useCases.choices = [];
    expect((await answerTo("/jit runbooks")).rendered).toMatch(/an admin can add you/);
    await oncall.command("/jit request", where);
    await oncall.waitForView(/an admin can add you/);
  });

  test("Home shows the person's requests, and its buttons work", async () => {
    harness.useCases.requests = [life("running", "R0000000000000001"), life("pending", "R0000000000000002")];
    await oncall.openHome();
    const home = await harness.slack.until(() => oncall.home());
    expect(home.rendered).toMatch(/Active[^]*Waiting for approval/);
    await oncall.click(home, "jit_open_request");
    await oncall.waitForView(/Which runbook/);
    harness.useCases.requests = [life("running", "R0000000000000001")];
    await oncall.click(home, "jit_cancel");
    await harness.slack.until(() =>
      oncall.home()?.rendered.includes("Waiting for approval") ? undefined : true,
    );
  });
});
