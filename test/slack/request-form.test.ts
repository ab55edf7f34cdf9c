import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Ask } from "../../src/workflow/use-cases.ts";
import { parseInputs } from "../../src/runbook/parse-inputs.ts";
import type { Persona } from "../../src/sandbox/slack/driver.ts";
import { eventually } from "../fixtures/eventually.ts";
import { lead, requester } from "../fixtures/a-request.ts";
import { allKinds, choiceOf, namedRunbook } from "./all-kinds-runbook.ts";
import { aPending } from "./lives.ts";
import { type Harness, openSurface } from "./surface-harness.ts";
import { filled } from "./filled-form.ts";

describe("the form of a runbook", () => {
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
    harness.useCases.choices = [choiceOf(allKinds)];
    harness.useCases.answers.submit = async () => ({ status: "submitted", request: aPending() });
  });

  async function openForm() {
    await oncall.command("/jit request all-kinds", { channel: "#incidents" });
    return oncall.waitForView(/Every kind of parameter/);
  }

  function lastAsk(): Ask {
    return harness.useCases.of("submitRequest").at(-1) as Ask;
  }

  test("shows what the runbook is for, a field per parameter, and what will happen", async () => {
    const form = await openForm();
    for (const words of [
      "Shows that each kind of parameter gets the field that fits it.",
      "A form is tested.",
      "Never in production.",
      ...Object.values(allKinds.parameters.properties).map(({ title }) => title),
      "For example O-00004411",
      "How long",
      "15 minutes",
      "Needs 1 approval from orders-platform",
    ]) {
      expect(form.rendered).toContain(words);
    }
  });

  test("gives what was typed, of every kind, to the use case as inputs that the runbook accepts", async () => {
    const form = await openForm();
    const outcome = await oncall.fill(form, filled).submit();
    expect(outcome).toMatchObject({ status: "ok", view: undefined });
    const ask = lastAsk();
    expect(ask).toMatchObject({
      requester,
      runbook: "all-kinds",
      grant: { kind: "single-run", durationMinutes: 15 },
      reason: filled.Reason,
      origin: { channel: "C0INCIDENTS" },
    });
    expect(parseInputs(allKinds, ask.rawInputs)).toEqual({
      status: "valid",
      inputs: {
        order_id: "O-00004411",
        status: "PAID",
        size: 30,
        ratio: 0.5,
        urgent: false,
        day: "2026-11-20",
        since: "2025-11-21T02:00:00Z",
        states: ["NEW", "OPEN"],
        countries: ["COUNTRY_1", "COUNTRY_3"],
      },
    });
  });

  test("tells the requester, where they asked, that it waits and who can decide", async () => {
    const form = await openForm();
    await oncall.fill(form, filled).submit();
    const told = await oncall.waitForEphemeral(/waits for approval/);
    expect(told.channel).toBe("C0INCIDENTS");
    expect(told.rendered).toMatch(/can decide/);
  });

  test("sent by a direct message when the bot is not in the channel", async () => {
    await oncall.command("/jit request all-kinds", { channel: "#no-bot" });
    const form = await oncall.waitForView(/Every kind/);
    await oncall.fill(form, filled).submit();
    expect(await oncall.waitForMessage("dm", /waits for approval/)).toBeDefined();
  });

  test("an optional choice can be taken back", async () => {
    const form = await openForm();
    await oncall.fill(form, { ...filled, "Sales channel": "WEB" }).apply();
    await oncall.fill(form, { "Sales channel": "Not given" }).submit();
    expect(lastAsk().rawInputs).not.toHaveProperty("channel");
  });

  test("a field that is wrong says so in words beside it, and nothing typed is lost", async () => {
    harness.useCases.answers.submit = async () => ({
      status: "invalid",
      errors: [
        { field: "order_id", message: "Order does not have the right form. Example: O-00004411" },
        { field: "reason", message: "Say why you need it." },
        { field: "grant", message: "This runbook allows single-run." },
        { field: "gone", message: "This runbook has no such parameter." },
      ],
    });
    const form = await openForm();
    const outcome = await oncall.fill(form, { ...filled, Order: "O-0000441x" }).submit();
    expect(outcome.status).toBe("invalid");
    expect(outcome.fieldErrors).toEqual({
      "input:order_id": "Order does not have the right form. Example: O-00004411",
      reason: "Say why you need it. This runbook has no such parameter.",
      "grant-kind": "This runbook allows single-run.",
    });
    expect(outcome.view?.rendered).toContain("O-0000441x");

    harness.useCases.answers.submit = async () => ({ status: "submitted", request: aPending() });
    expect(await oncall.fill(form, { Order: "O-00004412" }).submit()).toMatchObject({
      status: "ok",
      view: undefined,
    });
    const [first, second] = harness.useCases.of("submitRequest") as Ask[];
    expect(second?.key).toBe(first?.key);
  });

  test("a refusal stands on top of the form, with everything typed still in it", async () => {
    harness.useCases.answers.submit = async () => ({
      status: "refused",
      why: { kind: "nobody-can-approve", groups: ["orders-platform"], needed: 1, available: 0 },
    });
    const form = await openForm();
    const outcome = await oncall.fill(form, { ...filled, "Incident or ticket": "INC-4211" }).submit();
    expect(outcome.view?.rendered).toMatch(/Nobody could approve this/);
    for (const typed of ["O-00004411", "PAID", "INC-4211", filled.Reason]) {
      expect(outcome.view?.rendered).toContain(typed);
    }
  });

  test("a slow answer comes into the view later: sent", async () => {
    const slow = Promise.withResolvers<void>();
    harness.useCases.answers.submit = async () => {
      await slow.promise;
      return { status: "submitted", request: aPending() };
    };
    const form = await openForm();
    const outcome = await oncall.fill(form, filled).submit();
    expect(outcome.view?.rendered).toContain("Sending your request");
    slow.resolve();
    await oncall.waitForView(/waits for approval/);
  });

  test("a slow answer comes into the view later: wrong, with everything typed put back", async () => {
    const slow = Promise.withResolvers<void>();
    harness.useCases.answers.submit = async () => {
      await slow.promise;
      return {
        status: "invalid",
        errors: [{ field: "order_id", message: "Order does not have the right form." }],
      };
    };
    const form = await openForm();
    await oncall.fill(form, filled).submit();
    slow.resolve();
    const again = await oncall.waitForView(/Order does not have the right form/);
    for (const typed of ["O-00004411", "PAID", "30", "0.5", "2026-11-20", filled.Reason]) {
      expect(again.rendered).toContain(typed);
    }
    harness.useCases.answers.submit = async () => ({ status: "submitted", request: aPending() });
    await oncall.submit(again);
    const [first, second] = harness.useCases.of("submitRequest") as Ask[];
    expect(parseInputs(allKinds, second?.rawInputs ?? {})).toEqual(
      parseInputs(allKinds, first?.rawInputs ?? {}),
    );
    expect(second).toMatchObject({ reason: first?.reason, grant: first?.grant });
  });

  test("a failure on our side keeps the form open with what was typed and names a reference", async () => {
    harness.useCases.answers.submit = async () => {
      throw new TypeError("cannot read x of undefined");
    };
    const form = await openForm();
    const outcome = await oncall.fill(form, filled).submit();
    expect(outcome.status).toBe("invalid");
    const shown = Object.values(outcome.fieldErrors).join(" ");
    const reference = /reference ([0-9a-f]{8})/.exec(shown)?.[1];
    expect(reference).toBeDefined();
    const line = harness.log.find(
      ({ level, fields }) => level === "error" && fields["reference"] === reference,
    );
    expect(line).toBeDefined();
    expect(JSON.stringify(harness.log)).not.toContain("OrderWorkflowAge");
    expect(outcome.view?.rendered).toContain("O-00004411");
  });

  test("the same submission delivered three times is one request", async () => {
    const form = await openForm();
    await oncall.fill(form, filled).apply();
    harness.slack.faults.duplicateNext({ extra: 2, type: "view_submission" });
    await oncall.submit(form);
    await eventually(() => harness.slack.record.deliveries("view_submission").length >= 3);
    expect(new Set((harness.useCases.of("submitRequest") as Ask[]).map(({ key }) => key)).size).toBe(1);
  });

  test("says that nobody can approve before anything is typed", async () => {
    harness.useCases.choices = [
      choiceOf(allKinds, {
        approval: { count: 2, groups: ["orders-platform"], approvers: [requester, lead] },
      }),
    ];
    const form = await openForm();
    expect(form.rendered).toMatch(
      /Needs 2 approvals from orders-platform, but only 1 other than you could give it/,
    );
  });

  test("more than 100 runbooks are searched, none is cut off", async () => {
    const many = Array.from({ length: 240 }, (_, index) =>
      namedRunbook(`query-${index}`, `Query number ${index}`),
    );
    for (const runbook of many) harness.runbooks.set(runbook.metadata.name, runbook);
    harness.useCases.choices = many.map((runbook) => choiceOf(runbook));
    await oncall.command("/jit", { channel: "#incidents" });
    const picker = await oncall.waitForView(/240/);
    const { options } = await oncall.suggest(picker, "jit_pick", "number 239");
    expect(options.map((option) => option["value"])).toEqual(["query-239"]);
    const all = await oncall.suggest(picker, "jit_pick", "");
    expect(all.options).toHaveLength(100);
    await oncall.select(picker, "jit_pick", "query-239");
    await oncall.waitForView(/Query number 239/);
  });

  test("what the person asked for lately comes first in the picker", async () => {
    const orders = namedRunbook("orders-stuck-by-status", "Orders stuck in a workflow status");
    harness.useCases.choices = [choiceOf(allKinds), choiceOf(orders)];
    harness.useCases.requests = [aPending()];
    await oncall.command("/jit request", { channel: "#incidents" });
    const picker = await oncall.waitForView(/Which runbook/);
    const shown = JSON.stringify(picker.blocks);
    expect(shown.indexOf("Yours lately")).toBeGreaterThan(-1);
    expect(shown.indexOf("Orders stuck")).toBeLessThan(shown.indexOf("Every kind"));
    harness.useCases.requests = [];
  });
});
