import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LoadedRunbook } from "../../src/runbook/runbook.ts";
import type { Persona } from "../../src/sandbox/slack/driver.ts";
import { requestCard } from "../../src/slack/blocks/request-card.ts";
import type { AnotherQuery, AnotherQueryOutcome } from "../../src/workflow/use-cases.ts";
import { requester } from "../fixtures/a-request.ts";
import { anAdHocPlan } from "../fixtures/an-athena-plan.ts";
import { eventually } from "../fixtures/eventually.ts";
import { allKinds, choiceOf } from "./all-kinds-runbook.ts";
import { aPending, lives } from "./lives.ts";
import { type Harness, openSurface } from "./surface-harness.ts";

const sql = "SELECT name\nFROM customers\nWHERE customer_id = 7\nLIMIT 10";

/** A runbook whose requester writes the query. */
const adHoc: LoadedRunbook = {
  ...allKinds,
  metadata: { ...allKinds.metadata, name: "crm-adhoc", title: "Ad-hoc query on customers" },
  parameters: {
    type: "object",
    additionalProperties: false,
    required: ["query"],
    properties: {
      query: {
        type: "sql",
        title: "Query",
        description: "One SELECT over crm.customers.",
        examples: ["SELECT name FROM customers WHERE customer_id = 1 LIMIT 10"],
      },
    },
  },
};

describe("SQL that people type", () => {
  let harness: Harness;
  let oncall: Persona;
  let asked: AnotherQuery[];
  let answer: (ask: AnotherQuery) => Promise<AnotherQueryOutcome>;
  const request = () => lives["succeeded"]!({ plan: anAdHocPlan(sql) });

  beforeAll(async () => {
    harness = await openSurface();
    oncall = harness.slack.as("oncall");
    harness.runbooks.set("crm-adhoc", adHoc);
    harness.useCases.choices = [choiceOf(adHoc)];
  });
  afterAll(() => harness[Symbol.asyncDispose]());
  beforeEach(async () => {
    const open = oncall.view();
    if (open) await oncall.close(open, { all: true });
    harness.useCases.calls.length = 0;
    harness.useCases.requests = [request()];
    harness.runbooks.set("crm-adhoc", adHoc);
    asked = [];
    answer = async () => ({ status: "done", request: request() });
    harness.useCases.runAnotherQuery = async (ask) => {
      asked.push(ask);
      return answer(ask);
    };
  });

  describe("in the form of a request", () => {
    const openForm = async () => {
      await oncall.command("/jit request crm-adhoc", { channel: "#incidents" });
      return oncall.waitForView(/Ad-hoc query on customers/);
    };

    test("is asked for in a field of several lines with an example", async () => {
      const form = JSON.stringify((await openForm()).blocks);
      expect(form).toContain('"multiline":true');
      expect(form).toContain('"max_length":3000');
      expect(form).toContain("For example SELECT name FROM customers");
    });

    test("an error stands on its field with line and column, and nothing typed is lost", async () => {
      const message =
        "Line 2, column 6: `hr` is not for this runbook: read customers.\nLine 3, column 1: add a LIMIT.";
      harness.useCases.answers.submit = async () => ({
        status: "invalid",
        errors: [{ field: "query", message }],
      });
      const form = await openForm();
      const typed = "SELECT a  \nFROM hr";
      const outcome = await oncall.fill(form, { Query: typed, Reason: "INC-4211 asks" }).submit();
      expect(outcome.fieldErrors).toEqual({ "input:query": message });
      expect(harness.useCases.of("submitRequest")[0]).toMatchObject({ rawInputs: { query: typed } });
    });

    test("an error that comes late stands above, as plain text, with the query in its field", async () => {
      const slow = Promise.withResolvers<void>();
      const message = "Line 1, column 8: *bold* `x` :tada: is not known.\nLine 2, column 1: add a LIMIT.";
      harness.useCases.answers.submit = async () => {
        await slow.promise;
        return { status: "invalid", errors: [{ field: "query", message }] };
      };
      const form = await openForm();
      await oncall.fill(form, { Query: "SELECT x\nFROM hr", Reason: "INC-4211 asks" }).submit();
      slow.resolve();
      const again = await oncall.waitForView(/Not sent yet/);
      expect(markupIn(again.blocks).join("\n")).not.toContain("bold");
      expect(again.rendered).toContain("Line 2, column 1: add a LIMIT.");
      expect(JSON.stringify(again.blocks)).toContain('"initial_value":"SELECT x\\nFROM hr"');
    });

    test("the confirmation says what it will read, with text from people as plain text", async () => {
      const scope = { ...anAdHocPlan(sql).athena!, bounds: ["name = <!channel>"] };
      const plan = anAdHocPlan(sql, { athena: scope });
      harness.useCases.answers.submit = async () => ({ status: "submitted", request: aPending({ plan }) });
      const form = await openForm();
      await oncall.fill(form, { Query: sql, Reason: "INC-4211 asks" }).submit();
      const told = await oncall.waitForEphemeral(/waits for approval/);
      expect(told.rendered).toContain(
        "When approved, it reads 3 columns (personal data: username) of audit.cloudtrail_logs",
      );
      expect(told.rendered).toContain("1.0 GB scanned (about $0.005)");
      expect(markupIn(told.blocks).join("\n")).not.toContain("<!channel>");
    });

    test("asked again, a query that grew too long for the field loses its indentation first", async () => {
      const grown = `SELECT name\n${" ".repeat(60)}FROM customers WHERE name = 'a\n   b' OR name = '${"x".repeat(2_930)}'`;
      harness.useCases.requests = [lives["lapsed"]!({ plan: anAdHocPlan(grown) })];
      const { blocks, text } = requestCard(harness.useCases.requests[0]!, "requester");
      const posted = await harness.surface.clients.background.chat.postMessage({
        channel: requester.userId,
        text,
        blocks,
      });
      await oncall.click({ channel: posted.channel ?? "", ts: posted.ts ?? "" }, "jit_ask_again");
      const form = await oncall.waitForView(/Ad-hoc query on customers/);
      const filled = JSON.stringify(form.blocks);
      expect(filled).toContain("SELECT name\\nFROM customers");
      expect(filled).toContain("'a\\n   b'");
    });
  });

  describe("inside an open window", () => {
    test("another query is asked for in a field that holds the last one, and runs", async () => {
      const view = await openQuery();
      expect(JSON.stringify(view.blocks)).toContain(JSON.stringify(sql));
      expect(view.rendered).toContain("without a new approval");
      expect(view.rendered).toContain("4 runs left");
      const outcome = await oncall.fill(view, { Query: "SELECT 2" }).submit();
      expect(outcome.status).toBe("ok");
      expect(asked).toEqual([
        {
          requestId: request().id,
          by: requester,
          text: "SELECT 2",
          key: expect.stringContaining(requester.userId),
        },
      ]);
    });

    test("what the guardrails refuse is said on the field, and the corrected text has the same key", async () => {
      answer = async () => ({
        status: "invalid",
        errors: [{ field: "query", message: "Line 1, column 8: email is denied." }],
      });
      const view = await openQuery();
      const outcome = await oncall.fill(view, { Query: "SELECT email" }).submit();
      expect(outcome.fieldErrors).toEqual({ "input:query": "Line 1, column 8: email is denied." });
      answer = async () => ({ status: "done", request: request() });
      expect((await oncall.fill(view, { Query: "SELECT name" }).submit()).status).toBe("ok");
      expect(asked[1]?.key).toBe(asked[0]?.key);
    });

    test("a refusal says why and keeps the text to be copied", async () => {
      answer = async () => ({ status: "refused", why: { kind: "no-runs-left", max: 5 }, request: request() });
      const outcome = await oncall.fill(await openQuery(), { Query: "SELECT 'kept'" }).submit();
      expect(outcome.view?.rendered).toContain("All 5 runs of this access are used.");
      expect(outcome.view?.rendered).toContain("SELECT 'kept'");
    });

    test.each([
      ["done", /its result comes in the thread/, undefined],
      ["invalid", /Line 1, column 8: email is denied/, "SELECT 'slow'"],
      ["thrown", /Something went wrong on our side/, "SELECT 'slow'"],
    ])("a slow answer comes into the view later: %s", async (kind, said, kept) => {
      const slow = Promise.withResolvers<void>();
      answer = async () => {
        await slow.promise;
        if (kind === "thrown") throw new TypeError("cannot read x of undefined");
        return kind === "done"
          ? { status: "done", request: request() }
          : {
              status: "invalid",
              errors: [{ field: "query", message: "Line 1, column 8: email is denied." }],
            };
      };
      const outcome = await oncall.fill(await openQuery(), { Query: "SELECT 'slow'" }).submit();
      expect(outcome.view?.rendered).toContain("Checking your query");
      slow.resolve();
      const view = await oncall.waitForView(said);
      if (kept !== undefined) expect(JSON.stringify(view.blocks)).toContain(kept);
    });

    test("the query is not lost when even the request can't be shown again", async () => {
      const slow = Promise.withResolvers<void>();
      answer = async () => {
        await slow.promise;
        return { status: "invalid", errors: [{ field: "query", message: "no" }] };
      };
      await oncall.fill(await openQuery(), { Query: "SELECT 'still here'" }).submit();
      harness.useCases.requests = [];
      slow.resolve();
      expect((await oncall.waitForView(/Not run yet/)).rendered).toContain("SELECT 'still here'");
    });

    test("somebody else is told whose access it is", async () => {
      const approver = harness.slack.as("lead");
      await approver.click(await post(), "jit_another_query");
      const view = await approver.waitForView(/so only they can do that/);
      expect(view.rendered).not.toContain("SELECT");
      await approver.close(view, { all: true });
    });

    test("where the runbook takes no query any more, that is said and nothing is run", async () => {
      harness.runbooks.set("crm-adhoc", allKinds);
      await oncall.click(await post(), "jit_another_query");
      await oncall.waitForView(/Further queries can’t be sent for this access/);
    });

    test("the same submission delivered three times is asked with one key", async () => {
      const view = await openQuery();
      await oncall.fill(view, { Query: "SELECT 3" }).submit();
      await eventually(() => asked.length > 0);
      expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
    });

    async function post(): Promise<{ channel: string; ts: string }> {
      const { text, blocks } = requestCard(request(), "requester");
      const posted = await harness.surface.clients.background.chat.postMessage({
        channel: "C0APPROVALS",
        text,
        blocks,
      });
      return { channel: posted.channel ?? "", ts: posted.ts ?? "" };
    }

    async function openQuery() {
      await oncall.click(await post(), "jit_another_query");
      return oncall.waitForView(/without a new approval/);
    }
  });
});

function markupIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(markupIn);
  if (typeof node !== "object" || node === null) return [];
  const { type, text } = node as { type?: unknown; text?: unknown };
  const own = type === "mrkdwn" && typeof text === "string" ? [text] : [];
  return [...own, ...Object.values(node).flatMap(markupIn)];
}
