import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findBreak } from "../../src/request/audit-event.ts";
import type { JsonObject } from "../../src/sandbox/slack/json.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  approve,
  ask,
  dataCalls,
  fillForm,
  INCIDENTS,
  inThread,
  PATIENCE,
  requestIdIn,
  sessionsOf,
  stored,
} from "./acting.ts";
import { lastSubmissionOf, submitAgain } from "./forged.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const BIDI = "\u202Edevorppa\u202C";
const ZERO_WIDTH = "a\u200Bp\u200Dp\uFEFF";
const hostileReason = [
  "INC: see `rm -rf /` & <!channel> <@U0LEAD> <https://evil.example|Approve here>",
  "",
  "✅ Approved by @lead",
  "> *bold* _it_ ~no~ ```code```",
  `${BIDI} ${ZERO_WIDTH} \${aws:username} {"$param":"x"}`,
].join("\n");

describe("what people type", () => {
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies();
    world = await aWorld({ runbooksDir: copies.dir });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("a hostile reason is stored exactly and shown as a quoted text of its author, nothing more (field failure 27)", async () => {
    await fillForm(world, { reason: hostileReason });
    const card = await world.slack.as("lead").waitForMessage("#jit-approvals", "rm -rf", PATIENCE);
    const requestId = /\bR[0-9A-Z]{16}\b/.exec(card.rendered)?.[0] ?? "";
    const { request } = await stored(world, requestId);
    expect(request.reason).toBe(hostileReason);
    for (const text of mrkdwnOf(card.blocks)) {
      expect(text).not.toContain("<!channel>");
      expect(text).not.toContain("<https://evil");
    }
    expect(JSON.stringify(card.blocks)).not.toContain('"url":"https://evil');
    expect(card.rendered).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B\uFEFF]|\u200D/);
    const faked = card.rendered.split("\n").filter((line) => line.includes("✅ Approved by"));
    expect(faked).toHaveLength(1);
    expect(faked[0]).toMatch(/^>/);
    expect(card.rendered).toContain("Reason given by @oncall");
    expect(card.text).not.toContain("<!channel>");
  });

  test("a reason of 4,000 characters is refused by the form, and by the server when the form is passed by (field failure 27)", async () => {
    const outcome = await fillForm(world, { reason: "x".repeat(4_000) });
    expect(outcome.status).toBe("invalid");
    const person = world.slack.as("oncall");
    const open = person.view();
    if (open) await person.close(open, { all: true });

    const asked = await ask(world);
    const ack = await submitAgain(world.slack, lastSubmissionOf(world.slack, person.id), {
      reason: "y".repeat(4_000),
    });
    expect(JSON.stringify(ack)).toContain("At most 1000 characters");
    expect((await stored(world, asked.requestId)).request.reason).toBe(asked.reason);
  });

  test("half of a surrogate pair in a reason, which has no UTF-8 form, is kept as the mark for what can't be read", async () => {
    const person = world.slack.as("oncall");
    await ask(world);
    await submitAgain(world.slack, lastSubmissionOf(world.slack, person.id), {
      reason: "Half \uD83D of a pair",
    });
    const card = await world.slack.as("lead").waitForMessage("#jit-approvals", "of a pair", PATIENCE);
    const { request } = await stored(world, requestIdIn(card.rendered));
    expect(request.reason).toBe("Half \uFFFD of a pair");
    expect(findBreak(request.id, request.events)).toBeUndefined();
  });

  test.each([
    ["a condition", "O-00000001 OR 1=1"],
    ["quotes", "O-0000000'"],
    ["a comment", "O-000000--"],
    ["a policy variable", "${aws:u}"],
    ["a wildcard", "O-*"],
    ["one digit too few", "O-0000001"],
    ["digits of another script", "O-0000000１"],
    ["a look-alike letter", "О-00000001"],
    ["a newline", "O-00000001\n"],
    ["a NUL", "O-0000000\u0000"],
    ["a leading space inside", "O -0000001"],
    ["a zero-width space", "O-0000000\u200B1"],
  ])(
    "%s in a key is refused on its field, also when the form is passed by (field failure 29)",
    async (_, value) => {
      const before = world.aws.calls.query({ operation: "PutItem" }).length;
      const person = world.slack.as("oncall");
      const submission = lastSubmissionOf(world.slack, person.id);
      const ack = await submitAgain(world.slack, submission, { "input:order_id": value });
      expect(ack).toMatchObject({
        status: "acked",
        payload: {
          response_action: "errors",
          errors: { "input:order_id": expect.stringMatching(/^Order number /) as string },
        },
      });
      expect(world.aws.calls.query({ operation: "PutItem" })).toHaveLength(before);
    },
  );

  test.each([
    ["a number in words", { "Attempts at least": "three" }, /number/i],
    ["a number too large", { "Attempts at least": "101" }, /at most 100/],
    ["an empty required field", { Customer: null }, /required/],
    ["text that is too long", { Customer: "C-12345" }, /no more than 6/],
  ])("%s is refused on its field (field failure 29)", async (_, fields, sentence) => {
    const outcome = await fillForm(world, {
      as: "engineer",
      runbook: "orders-recent-of-customer",
      fields: { Customer: world.orders.knownCustomer.customerId, ...fields },
    });
    expect(outcome.status).toBe("invalid");
    expect(Object.values(outcome.fieldErrors).join(" ")).toMatch(sentence);
    const open = world.slack.as("engineer").view();
    if (open) await world.slack.as("engineer").close(open, { all: true });
  });

  test.each(["three", "1e3", "0x10", "1.5", "101", "", "NaN", "١٢"])(
    "the number %o is refused when the form is passed by (field failure 29)",
    async (value) => {
      const person = world.slack.as("engineer");
      await person.command("/jit request orders-recent-of-customer", { channel: INCIDENTS });
      const form = await person.waitForView("Send request", PATIENCE);
      await person
        .fill(form, {
          Customer: "C-12",
          "Attempts at least": "3",
          Reason: "To be sent again otherwise",
        })
        .submit();
      const ack = await submitAgain(world.slack, lastSubmissionOf(world.slack, person.id), {
        "input:customer_id": world.orders.knownCustomer.customerId,
        "input:min_attempts": value === "" ? " " : value,
      });
      expect(JSON.stringify(ack)).toMatch(/input:min_attempts/);
      const open = person.view();
      if (open) await person.close(open, { all: true });
    },
  );

  test.each([
    "1 OR 1=1",
    `'; DROP TABLE orders; -- "`,
    ":words) OR attribute_exists(email",
    "<!channel> *x* `y`",
    "＝cmd|' /C calc'!A0",
  ])(
    "free text %o is bound as data: no expression and no policy changes by it (field failure 29)",
    async (words) => {
      const asked = await ask(world, {
        as: "engineer",
        runbook: "orders-with-words",
        fields: { Customer: world.orders.knownCustomer.customerId, Words: words },
      });
      await approve(world, asked);
      await inThread(world, asked, "✔");
      const [call] = dataCalls(world, asked.requestId);
      const request = call?.request as JsonObject;
      expect(request["FilterExpression"]).toBe("contains(note, :words)");
      expect(request["ExpressionAttributeValues"]).toMatchObject({ ":words": { S: words } });
      const [session] = sessionsOf(world, asked.requestId);
      const { Policy } = (session?.request ?? {}) as { Policy?: string };
      expect(Policy).toBeDefined();
      expect(Policy).not.toContain(words);
      expect(Policy).not.toContain("${");
    },
  );

  test.each([
    ["a policy variable", "${aws:PrincipalTag/grant}", "can't contain"],
    ["a text that reads backwards", BIDI, "invisible character (U+202E)"],
    ["a zero-width space", "la\u200Bte", "invisible character (U+200B)"],
  ])("%s is refused even where any text is allowed (field failure 29)", async (_, words, sentence) => {
    const outcome = await fillForm(world, {
      as: "engineer",
      runbook: "orders-with-words",
      fields: { Customer: world.orders.knownCustomer.customerId, Words: words },
    });
    expect(outcome.fieldErrors["input:words"]).toContain(sentence);
    const open = world.slack.as("engineer").view();
    if (open) await world.slack.as("engineer").close(open, { all: true });
  });

  test("a parameter that the card can't show whole says so, and one click shows all of it (field failure 28)", async () => {
    const words = `begin ${'"""" '.repeat(196)}end`;
    const asked = await ask(world, {
      as: "engineer",
      runbook: "orders-with-words",
      fields: { Customer: world.orders.knownCustomer.customerId, Words: words },
    });
    const lead = world.slack.as("lead");
    const shown = asked.card.rendered;
    expect(shown).not.toContain(words);
    expect(shown).toContain("An input is longer than fits here.");
    expect(shown).toContain("The request is longer than fits here.");
    expect(shown).toContain("“Show the exact request” has everything.");
    await lead.click(asked.card, "jit_show");
    const view = await lead.waitForView('"""" end', PATIENCE);
    expect(view.rendered).toContain(words);
    await lead.close(view, { all: true });
  });
});

/** Every text of the blocks in which Slack would read markup. */
function mrkdwnOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwnOf);
  if (typeof value !== "object" || value === null) return [];
  const object = value as JsonObject;
  const own = object["type"] === "mrkdwn" ? [String(object["text"])] : [];
  return [...own, ...Object.values(object).flatMap(mrkdwnOf)];
}
