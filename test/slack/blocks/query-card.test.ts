import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Plan } from "../../../src/runbook/plan.ts";
import { validateMessageBlocks } from "../../../src/sandbox/slack/blocks/validate-blocks.ts";
import { checkView } from "../../../src/sandbox/slack/blocks/validate-view.ts";
import type { JsonObject } from "../../../src/sandbox/slack/json.ts";
import { renderBlocks } from "../../../src/sandbox/slack/render/render-blocks.ts";
import { exactRequestView } from "../../../src/slack/blocks/exact-request.ts";
import { type Audience, requestCard } from "../../../src/slack/blocks/request-card.ts";
import { wantedDirectCopies } from "../../../src/slack/wanted-copies.ts";
import { anAdHocPlan, anAthenaPlan } from "../../fixtures/an-athena-plan.ts";
import { lives } from "../lives.ts";

const audiences: Audience[] = ["approvers-channel", "approver-dm", "requester"];
const card = (plan: Plan, audience: Audience = "approver-dm", life = "pending") =>
  requestCard(lives[life]!({ plan }), audience);
const adHoc = "SELECT name, email\nFROM customers\nWHERE email = 'a@example.com'\nLIMIT 10";
const personal = (names: string[]) => [
  {
    table: "crm.customers",
    columns: names.map((name) => ({ name, classification: "pii" as const })),
  },
];

describe("the card of a query", () => {
  test("shows the canonical text, its values, what it reads, how much and at what price", () => {
    const shown = read(card(anAthenaPlan()).blocks);
    for (const fact of [
      "SELECT sourceipaddress, count(*) AS failures\nFROM cloudtrail_logs\nWHERE day BETWEEN ? AND ?\n  AND username = ?",
      "*Reads* 3 columns of 1 table, *1 with personal data (PII)*",
      "audit.cloudtrail_logs: personal data (PII): username; confidential: sourceipaddress; internal: day",
      "day 2026/11/14 to 2026/11/21",
      "1.0 GB scanned (about $0.005)",
      "Athena workgroup jit-cloudtrail",
      "Athena keeps the result for 24 hours",
    ]) {
      expect(shown).toContain(fact);
    }
  });

  test("names the input behind each value, and the inputs that are bound otherwise or not given", () => {
    expect(rowsOf(card(anAthenaPlan()).blocks)).toEqual([
      ["?", "Value", "Input"],
      ["1", "'2026/11/14'", "day_from (computed)"],
      ["2", "'2026/11/21'", "day_to (computed)"],
      ["3", "'o''brien'", "User name"],
      ["–", "2026-11-14", "From day"],
      ["–", "2026-11-21", "To day"],
      ["–", "(not given)", "Region"],
    ]);
  });

  test("says that no personal data is read when none is", () => {
    const athena = { ...anAthenaPlan().athena!, reads: [{ table: "audit.cloudtrail_logs", columns: [] }] };
    expect(read(card(anAthenaPlan({ athena })).blocks)).toContain("no personal data");
  });

  test("names the bucket of results and the age of a reused one", () => {
    const workgroup = {
      name: "w",
      results: { kind: "bucket", bucket: "results", prefix: "jit/" },
      reuseMinutes: 30,
    } as const;
    const shown = read(card(anAthenaPlan({ athena: { ...anAthenaPlan().athena!, workgroup } })).blocks);
    expect(shown).toContain("s3://results/jit/");
    expect(shown).toContain("up to 30 minutes old may be used");
  });

  test("cuts nothing silently: a long query, many values, many tables and columns", () => {
    const plan = anAthenaPlan();
    const [call] = plan.calls;
    if (call?.action !== "athena:StartQueryExecution") throw new Error("no query");
    const values = Array.from({ length: 30 }, (_, at) => `'value ${at}'`);
    const query = `SELECT ${"a, ".repeat(900)}b FROM t`;
    const request = { ...call.request, QueryString: query, ExecutionParameters: values };
    const columns = Array.from({ length: 90 }, (_, at) => ({
      name: `column_${at}`,
      classification: "internal" as const,
    }));
    const reads = Array.from({ length: 11 }, (_, at) => ({ table: `audit.t${at}`, columns }));
    const long = { ...plan, calls: [{ ...call, request }], athena: { ...plan.athena!, reads } };
    const message = card(long);
    const shown = read(message.blocks);
    for (const note of [
      "The query is longer than fits here.",
      "12 of 34 values shown.",
      "8 of 11 tables shown.",
      "The columns are more than fit here.",
      "“Show the exact request” has everything.",
    ]) {
      expect(shown).toContain(note);
    }
    expect(shown).toMatch(/… \(\d+ more characters\)/);
    expect(validateMessageBlocks(message.blocks)).toEqual([]);
    const whole = read(exactRequestView(lives["pending"]!({ plan: long }), []).blocks);
    for (const value of values) expect(whole).toContain(value);
    for (const { table } of reads) expect(whole).toContain(table);
    expect(whole.replaceAll("\n", "")).toContain("a, ".repeat(50));
  });

  test("spaces in a literal stay, unusual ones are named, and a line break in one begins no line", () => {
    const shown = read(card(anAdHocPlan("SELECT 'a  b\u00a0c\nLIMIT 1' FROM customers")).blocks);
    expect(shown).toContain("'a  b⟨U+00A0⟩c⟨U+000A⟩LIMIT 1'");
  });

  test("a sensitive value stays out of the channel in every part, and the others are shown", () => {
    const plan = anAthenaPlan({ sensitive: ["user"] });
    for (const life of Object.keys(lives)) {
      expect(JSON.stringify(card(plan, "approvers-channel", life).blocks)).not.toMatch(/brien/);
    }
    const inChannel = read(card(plan, "approvers-channel").blocks);
    expect(inChannel).toContain("'2026/11/14'");
    expect(inChannel).toContain("day 2026/11/14 to 2026/11/21");
    expect(inChannel).toContain("Sensitive values are masked in this channel");
    expect(read(card(plan, "approver-dm").blocks)).toContain("'o''brien'");
  });

  test("a literal that can't be told from a sensitive value is masked with it", () => {
    const plan = anAthenaPlan({
      sensitive: ["since"],
      inputs: { since: "2026-11-14", until: "2026-11-21", user: "x" },
      derived: {},
    });
    const shown = read(card(plan, "approvers-channel").blocks);
    expect(shown).not.toContain("2026/11/14");
    expect(shown).not.toContain("2026-11-14");
    expect(read(card(plan, "approvers-channel", "queued").blocks)).not.toContain("2026/11/14");
  });

  test("what remains on a decided card is the scope in a sentence", () => {
    expect(read(card(anAthenaPlan(), "requester", "queued").blocks)).toMatch(
      /Scope: Reads 3 columns \(personal data: username\) of audit\.cloudtrail_logs .*day 2026\/11\/14/,
    );
  });
});

describe("the card of a query that its requester wrote", () => {
  test("shows the text once, and not as an input too", () => {
    const message = card(anAdHocPlan(adHoc));
    expect(raw(message.blocks).split("a@example.com")).toHaveLength(2);
    expect(rowsOf(message.blocks)).toEqual([]);
  });

  test("recognises the text that got a LIMIT", () => {
    const plan = anAdHocPlan(adHoc, {
      inputs: { query: "select name, email from customers\nwhere email = 'a@example.com'" },
    });
    expect(rowsOf(card(plan).blocks)).toEqual([]);
    const other = anAdHocPlan(adHoc, { inputs: { query: "select" } });
    expect(rowsOf(card(other).blocks)).toHaveLength(2);
  });

  test("masks the text in the channel when the runbook says that it is sensitive", () => {
    const plan = anAdHocPlan(adHoc, { sensitive: ["query"] });
    for (const life of Object.keys(lives)) {
      const inChannel = JSON.stringify(card(plan, "approvers-channel", life).blocks);
      expect(inChannel).not.toContain("example.com");
      expect(inChannel).not.toContain("2026/11/14");
    }
    expect(read(card(plan, "approver-dm").blocks)).toContain("a@example.com");
  });

  test("an approval that covers more than the query says so on the card and before the press", () => {
    const message = card(
      anAdHocPlan(adHoc, { athena: { ...anAthenaPlan().athena!, reads: personal(["email"]) } }),
    );
    const shown = read(message.blocks);
    expect(shown).toContain("More than this query:");
    expect(shown).toContain("up to 4 further queries");
    expect(shown).toContain("`eeeeeeeeeeee`");
    const asked = JSON.stringify(message.blocks.at(-1));
    expect(asked).toContain("Reads 1 column with personal data (PII).");
    expect(asked).toContain("Covers further queries within the guardrails.");
    expect(read(card(anAthenaPlan()).blocks)).not.toContain("More than this query");
  });

  test("offers another query where the approval covers it", () => {
    const ids = (plan: Plan, audience: Audience) =>
      JSON.stringify(card(plan, audience, "succeeded").blocks.at(-1));
    const window = { kind: "window", durationMinutes: 60, maxRuns: 5 } as const;
    expect(ids(anAdHocPlan(adHoc), "requester")).toContain("jit_another_query");
    expect(ids(anAdHocPlan(adHoc), "approver-dm")).not.toContain("jit_another_query");
    expect(ids(anAdHocPlan(adHoc, { grant: window }), "requester")).not.toContain("jit_another_query");
    expect(JSON.stringify(card(anAdHocPlan(adHoc), "requester", "running").blocks.at(-1))).not.toContain(
      "jit_another_query",
    );
  });
});

test("only the requester's own copy offers another query", () => {
  const request = lives["succeeded"]!({ plan: anAdHocPlan(adHoc) });
  const offering = wantedDirectCopies(request, { shownVersion: 0, copies: [], toldSeq: -1 }, undefined)
    .filter(({ message }) => JSON.stringify(message).includes("jit_another_query"))
    .map(({ role }) => role);
  expect(offering).toEqual(["requester"]);
});

describe("whatever stands in a query", () => {
  const text = fc.oneof(
    fc.constantFrom(
      "SELECT '<!channel> *x* `y` <@U0LEAD>' FROM t",
      `SELECT ${"'x\u202Ey', ".repeat(400)}1`,
      "\0",
      "",
      "SELECT '\n✅ Approved'",
    ),
    fc.string({ unit: "binary", maxLength: 3_000 }).map((one) => one.toWellFormed()),
    fc.string({ unit: "grapheme", maxLength: 3_000 }),
  );
  const texts = fc.array(text, { maxLength: 40 });

  test("Slack takes the card and the exact request, in any state", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(lives)),
        fc.constantFrom(...audiences),
        fc.boolean(),
        text,
        texts,
        (life, audience, isSensitive, sql, more) => {
          const plan = hostile(sql, more, isSensitive);
          expect(validateMessageBlocks(card(plan, audience, life).blocks)).toEqual([]);
          const view = exactRequestView(lives[life]!({ plan }), []);
          expect(() => checkView(JSON.parse(JSON.stringify(view)), "modal")).not.toThrow();
        },
      ),
      { numRuns: 150 },
    );
  });

  test("it never stands in markup or in the notification", () => {
    const plan = hostile("SELECT 'USERTEXT<!channel>'", ["USERTEXT<!channel>"], false);
    for (const life of Object.keys(lives)) {
      for (const audience of audiences) {
        const message = card(plan, audience, life);
        expect(message.text).not.toContain("USERTEXT");
        for (const markup of markupIn(message.blocks)) expect(markup).not.toContain("USERTEXT");
      }
      for (const markup of markupIn(exactRequestView(lives[life]!({ plan }), []).blocks))
        expect(markup).not.toContain("USERTEXT");
    }
  });

  function hostile(sql: string, more: string[], isSensitive: boolean): Plan {
    const plan = anAdHocPlan(sql, { sensitive: isSensitive ? ["query"] : [] });
    const [call] = plan.calls;
    if (call?.action !== "athena:StartQueryExecution") throw new Error("no query");
    const request = { ...call.request, ...(more.length > 0 && { ExecutionParameters: more }) };
    return {
      ...plan,
      calls: [{ ...call, request }],
      athena: { ...plan.athena!, bounds: more, reads: personal(more.map((_, at) => `column_${at}`)) },
    };
  }
});

function read(blocks: unknown): string {
  return `${raw(blocks)}\n${renderBlocks(blocks as JsonObject[], { names: (id) => id, values: {}, errors: {} }).join("\n")}`;
}

function raw(node: unknown): string {
  if (Array.isArray(node)) return node.map(raw).join("\n");
  if (typeof node !== "object" || node === null) return "";
  const { text } = node as { text?: unknown };
  return [typeof text === "string" ? text : "", ...Object.values(node).map(raw)].filter(Boolean).join("\n");
}

function rowsOf(blocks: unknown): string[][] {
  const tables = (blocks as { type: string; rows?: { text: string }[][] }[]).filter(
    ({ type }) => type === "table",
  );
  return tables.flatMap(({ rows = [] }) => rows.map((row) => row.map(({ text }) => text)));
}

function markupIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(markupIn);
  if (typeof node !== "object" || node === null) return [];
  const { type, text } = node as { type?: unknown; text?: unknown };
  const own = type === "mrkdwn" && typeof text === "string" ? [text] : [];
  return [...own, ...Object.values(node).flatMap(markupIn)];
}
