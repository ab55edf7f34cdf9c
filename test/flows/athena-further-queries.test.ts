import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/sandbox/slack/json.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  approve,
  type Asked,
  ask,
  inThread,
  PATIENCE,
  refusalFacts,
  sessionsOf,
  stored,
  toldPrivately,
} from "./acting.ts";
import { type AthenaRunbooks, athenaRunbooks } from "./athena-runbooks.ts";
import { lastSubmissionOf, submitAgain } from "./forged.ts";
import { movableClock } from "./movable-clock.ts";

const dayBefore = (days: number) =>
  new Date(Date.now() - days * 24 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "/");
const on = (day: string, limit: number, columns = "eventname, eventtime") =>
  `SELECT ${columns} FROM cloudtrail_logs WHERE account = '111122223333' AND region = 'eu-west-1' AND day = '${day}' LIMIT ${limit}`;
const squeezed = (text: string) => text.replaceAll(/\s+/g, " ").trim();

describe("further queries in a window that was approved for all that the guardrails admit", () => {
  const clock = movableClock();
  let runbooks: AthenaRunbooks;
  let world: World;

  beforeAll(async () => {
    runbooks = await athenaRunbooks();
    world = await aWorld({ runbooksDir: runbooks.dir, overrides: { clock, sweepEveryMs: 200 } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await runbooks?.[Symbol.asyncDispose]();
  });

  /** A window whose first run is done. */
  async function opened(runbook = "trail-hunt"): Promise<Asked> {
    const asked = await ask(world, { runbook, fields: { Query: on(dayBefore(1), 3) }, window: true });
    await approve(world, asked);
    await ranWell(asked, 1);
    return asked;
  }

  function ranWell(asked: Asked, run: number) {
    return stored(world, asked.requestId, ({ request }) => {
      const [last] = request.runs.filter(({ no }) => no === run);
      return last?.state === "succeeded" && last.delivery !== undefined;
    });
  }

  async function openForm({ requestId }: Asked) {
    const person = world.slack.as("oncall");
    const copy = await person.waitForMessage(
      "dm",
      (text) => text.includes(requestId) && text.includes("Ask another query"),
      PATIENCE,
    );
    await person.click(copy, "Ask another query");
    return person.waitForView("Run it", PATIENCE);
  }

  async function askAnother(asked: Asked, query: string) {
    const form = await openForm(asked);
    return world.slack.as("oncall").fill(form, { Query: query }).submit();
  }

  function starts({ requestId }: Asked) {
    return world.aws.calls
      .query({ service: "athena", operation: "StartQueryExecution" })
      .filter(({ tags, access }) => tags["grant"] === requestId && access === "allowed");
  }

  test("run without a new approval, each under a plan and a session policy of its own, recorded and told", async () => {
    const asked = await opened();
    const second = on(dayBefore(2), 5);
    expect(await askAnother(asked, `${second} -- the day before`)).toMatchObject({ status: "ok" });
    const { request } = await ranWell(asked, 2);
    const [first, run] = request.runs;
    expect(run?.result?.rows).toBe(5);

    const calls = starts(asked);
    expect(calls.map(({ sessionName }) => sessionName)).toEqual([
      `jit-${asked.requestId}-1`,
      `jit-${asked.requestId}-2`,
    ]);
    const { QueryString: text = "" } = (calls[1]?.request ?? {}) as { QueryString?: string };
    expect(squeezed(text)).toBe(second);
    const tokens = calls.map(
      ({ request: sent }) => (sent as { ClientRequestToken?: string }).ClientRequestToken,
    );
    expect(tokens).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    expect(tokens[1]).not.toBe(tokens[0]);

    expect(run?.further?.planDigest).not.toBe(request.planDigest);
    expect(run?.further?.plan.guardrailsDigest).toBe(request.plan.guardrailsDigest);
    expect(run?.lease?.policyDigest).not.toBe(first?.lease?.policyDigest);
    expect(run?.lease?.checks.denied).toBeGreaterThan(0);
    const policies = sessionsOf(world, asked.requestId).map(({ request: sent }) => JSON.stringify(sent));
    expect(policies[0]).toContain(dayBefore(1));
    expect(policies[1]).toContain(dayBefore(2));
    expect(policies[1]).not.toContain(dayBefore(1));

    const textDigest = createHash("sha256").update(text).digest("hex");
    const admitted = request.events.find(({ fact }) => fact.type === "query.admitted");
    expect(admitted).toMatchObject({
      actor: { kind: "person", id: { userId: "U0ONCALL" } },
      fact: { run: 2, text, textDigest, planDigest: run?.further?.planDigest },
    });
    const started = request.events.filter(({ fact }) => fact.type === "run.started");
    expect(started.map(({ fact }) => fact)).toMatchObject([
      { planDigest: request.planDigest },
      { planDigest: run?.further?.planDigest },
    ]);
    const told = await inThread(world, asked, "asks a query of their own in run 2");
    expect(squeezed(told.rendered)).toContain(second);
    expect(told.rendered).toContain(dayBefore(2));
    expect(request.votes).toHaveLength(1);

    const lead = world.slack.as("lead");
    await lead.click(asked.card, "jit_show");
    const exact = await lead.waitForView("query of run 2", PATIENCE);
    expect(squeezed(exact.rendered)).toContain(second);
    await lead.close(exact, { all: true });
  });

  test("outside the guardrails are refused on the field, and nothing of them runs", async () => {
    const asked = await opened();
    const form = await openForm(asked);
    const person = world.slack.as("oncall");
    for (const [query, says] of [
      ["SELECT eventname FROM cloudtrail_logs LIMIT 5", /day/],
      ["SELECT customer_id FROM crm.customers WHERE dt = '2026-11-20' LIMIT 5", /crm\.customers/],
      [on(dayBefore(1), 5, "*"), /name/],
      [`${on(dayBefore(1), 5)}; DROP TABLE cloudtrail_logs`, /Line 1/],
    ] as const) {
      const outcome = await person.fill(person.view() ?? form, { Query: query }).submit();
      expect(outcome.status).toBe("invalid");
      expect(JSON.stringify(outcome.fieldErrors)).toMatch(says);
    }
    const { request } = await stored(world, asked.requestId);
    expect(request.runs).toHaveLength(1);
    expect(starts(asked)).toHaveLength(1);
    await person.close(person.view() ?? form, { all: true });
  });

  test("by a stranger are refused, before anybody reads what they wrote", async () => {
    const asked = await opened();
    await askAnother(asked, on(dayBefore(3), 2));
    await ranWell(asked, 2);
    const sent = lastSubmissionOf(world.slack, "U0ONCALL");
    const user = { ...(sent["user"] as JsonObject), id: "U0ENGINEER" };
    const answer = await submitAgain(world.slack, { ...sent, user }, { query: "SELECT 1" });
    expect(JSON.stringify(answer)).toContain("only they can do that");
    const { request } = await stored(world, asked.requestId);
    expect(request.runs).toHaveLength(2);
    expect(await refusalFacts(world)).toContainEqual(
      expect.objectContaining({
        act: "another query",
        requestId: asked.requestId,
        why: "not-yours",
        actor: expect.objectContaining({ userId: "U0ENGINEER" }),
      }),
    );
  });

  test("after the window's end are refused, and what was typed is shown to be copied", async () => {
    const asked = await opened();
    const form = await openForm(asked);
    clock.advance(61 * 60_000);
    const query = on(dayBefore(2), 7);
    const outcome = await world.slack.as("oncall").fill(form, { Query: query }).submit();
    expect(outcome.view?.rendered).toMatch(/ended|no running access/);
    expect(squeezed(outcome.view?.rendered ?? "")).toContain(query);
    await stored(world, asked.requestId, ({ request }) => request.state === "revoked");
    expect(starts(asked)).toHaveLength(1);
  });

  test("are refused once the guardrails are not those that were approved", async () => {
    const asked = await opened();
    const form = await openForm(asked);
    const file = join(runbooks.dir, "trail-hunt.yml");
    const before = await readFile(file, "utf8");
    await writeFile(file, before.replace("maxRows: 100,", "maxRows: 50,"));
    expect(await world.app.reload()).toBe("changed");
    const outcome = await world.slack
      .as("oncall")
      .fill(form, { Query: on(dayBefore(2), 5) })
      .submit();
    await writeFile(file, before);
    expect(await world.app.reload()).toBe("changed");
    expect(outcome.view?.rendered).toContain("guardrails changed since they were approved");
    expect((await stored(world, asked.requestId)).request.runs).toHaveLength(1);
  });

  test("are not offered and not taken where the approval is for one text", async () => {
    const wide = await opened();
    await askAnother(wide, on(dayBefore(3), 2));
    await ranWell(wide, 2);
    const sent = structuredClone(lastSubmissionOf(world.slack, "U0ONCALL"));

    const narrow = await opened("trail-adhoc");
    const person = world.slack.as("oncall");
    const copy = await person.waitForMessage(
      "dm",
      (text) => text.includes(narrow.requestId) && text.includes("Run again"),
      PATIENCE,
    );
    expect(copy.rendered).not.toContain("Ask another query");
    const view = sent["view"] as JsonObject;
    view["private_metadata"] = String(view["private_metadata"]).replace(wide.requestId, narrow.requestId);
    const answer = await submitAgain(world.slack, sent, {});
    expect(JSON.stringify(answer)).toContain("covers no other");
    expect((await stored(world, narrow.requestId)).request.runs).toHaveLength(1);
    expect(
      await toldPrivately(person, () => person.command("/jit help", { channel: "#incidents" })),
    ).not.toBe("");
  });
});
