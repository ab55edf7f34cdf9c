import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Log } from "../../src/log.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import {
  approve,
  ask,
  cardSays,
  readCalls,
  INCIDENTS,
  inThread,
  PATIENCE,
  sessionsOf,
  stored,
  toldPrivately,
} from "./acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

describe("files that change while a request is under way", () => {
  const errors: unknown[] = [];
  const log: Log = { ...silentLog, error: (_, fields) => errors.push(fields) };
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies();
    world = await aWorld({ runbooksDir: copies.dir, overrides: { log } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("a runbook that changed since it was asked for never runs as the new thing: plan-changed, and a button to ask again (field failure 25)", async () => {
    const asked = await ask(world);
    await copies.edit("orders-by-id.yml", (text) => text.replace("maxRows: 1 }", "maxRows: 2 }"));
    expect(await world.app.reload()).toBe("changed");
    await approve(world, asked);
    await inThread(world, asked, "changed after this was approved, so nothing ran");
    const { request } = await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    expect(request.revocation?.cause).toBe("plan-changed");
    expect(request.runs[0]).toMatchObject({ state: "failed", failure: { code: "plan-changed" } });
    expect(sessionsOf(world, asked.requestId)).toEqual([]);

    const person = world.slack.as("oncall");
    const own = await person.waitForMessage(
      "dm",
      (text) => text.includes(asked.requestId) && text.includes("[Ask again]"),
      PATIENCE,
    );
    await person.click(own, "Ask again");
    const form = await person.waitForView("Send request", PATIENCE);
    expect(form.rendered).toContain("O-00000001");
    expect(form.rendered).toContain(asked.reason);
    const sent = await person.submit(form);
    expect(sent.status).toBe("ok");
    const again = await world.slack
      .as("lead")
      .waitForMessage("#jit-approvals", asked.reason, { ...PATIENCE, after: asked.card.ts });
    await approve(world, { card: again, requestId: "", reason: "" });
    await inThread(world, { card: again, requestId: "", reason: "" }, "✔");
  });

  test("a runbook that changed so much that the old inputs mean nothing to it is refused in the same way (field failure 25)", async () => {
    const asked = await ask(world);
    const rename = (text: string) =>
      text
        .replaceAll("order_id:", "order_no:")
        .replaceAll("$param: order_id", "$param: order_no")
        .replaceAll("Key: { order_no:", "Key: { order_id:")
        .replaceAll("[order_id]", "[order_no]");
    await copies.edit("orders-by-id.yml", rename);
    expect(await world.app.reload()).toBe("changed");
    await approve(world, asked);
    await inThread(world, asked, "so nothing ran");
    await copies.edit("orders-by-id.yml", (text) => text.replaceAll("order_no", "order_id"));
    expect(await world.app.reload()).toBe("changed");
    expect((await stored(world, asked.requestId)).request.revocation?.cause).toBe("plan-changed");
  });

  test("a runbook that is gone can be denied but never approved into a run (field failure 25)", async () => {
    const asked = await ask(world, { runbook: "orders-pair", fields: { "First order": "O-00000001" } });
    await copies.edit("orders-pair.yml", (text) => text.replace("name: orders-pair", "name: orders-couple"));
    await copies.rename("orders-pair.yml", "orders-couple.yml");
    expect(await world.app.reload()).toBe("changed");
    const told = await toldPrivately(world.slack.as("lead"), () => approve(world, asked));
    expect(told).toContain("any more");
    expect(sessionsOf(world, asked.requestId)).toEqual([]);
    await copies.rename("orders-couple.yml", "orders-pair.yml");
    await copies.edit("orders-pair.yml", (text) => text.replace("name: orders-couple", "name: orders-pair"));
    expect(await world.app.reload()).toBe("changed");
  });

  test("a data source that changed since then changes the plan as well (field failure 25)", async () => {
    const asked = await ask(world, { runbook: "orders-pair", fields: { "First order": "O-00000001" } });
    await copies.edit("datasources.yml", (text) =>
      text.replace("jit-data-dynamodb-read", "jit-data-other-role"),
    );
    await world.app.reload();
    await approve(world, asked);
    await inThread(world, asked, "so nothing ran");
    await copies.edit("datasources.yml", (text) =>
      text.replace("jit-data-other-role", "jit-data-dynamodb-read"),
    );
    await world.app.reload();
    expect(sessionsOf(world, asked.requestId)).toEqual([]);
  });

  test("a policy that asks for more people since then gets them, and the approvers see it (field failure 26)", async () => {
    const asked = await ask(world);
    await copies.edit("access.yml", (text) => text.replace("count: 1", "count: 2"));
    await world.app.reload();
    await approve(world, asked, "lead");
    await inThread(world, asked, "The policy asks for more people since then");
    expect((await stored(world, asked.requestId)).request.state).toBe("pending");
    await approve(world, asked, "approver2");
    await inThread(world, asked, "✔");
    await copies.edit("access.yml", (text) => text.replace("count: 2", "count: 1"));
    await world.app.reload();
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("a policy that asks for fewer people since then does not loosen what waits (field failure 26)", async () => {
    await copies.edit("access.yml", (text) => text.replace("count: 1", "count: 2"));
    await world.app.reload();
    const asked = await ask(world);
    await copies.edit("access.yml", (text) => text.replace("count: 2", "count: 1"));
    await world.app.reload();
    await approve(world, asked, "lead");
    await inThread(world, asked, "1 more needed");
    expect((await stored(world, asked.requestId)).request.state).toBe("pending");
  });

  test("who left the approvers since then can't approve, nor who joined them (field failure 26)", async () => {
    const asked = await ask(world);
    await copies.edit("access.yml", (text) =>
      text.replace("orders-platform: { members: [U0LEAD,", "orders-platform: { members: [U0SECURITY,"),
    );
    await world.app.reload();
    for (const role of ["lead", "security"]) {
      const told = await toldPrivately(world.slack.as(role), () => approve(world, asked, role));
      expect(told).toContain("You are not an approver of this request");
    }
    await copies.edit("access.yml", (text) =>
      text.replace("members: [U0SECURITY, U0APPROVER2]", "members: [U0LEAD, U0APPROVER2]"),
    );
    await world.app.reload();
    expect((await stored(world, asked.requestId)).request.votes).toEqual([]);
  });

  test("a requester who may not ask any more is not approved, but can be denied (field failure 26)", async () => {
    const asked = await ask(world, { as: "engineer" });
    await copies.edit("access.yml", (text) => text.replace("U0ENGINEER, ", ""));
    await world.app.reload();
    const told = await toldPrivately(world.slack.as("lead"), () => approve(world, asked));
    expect(told).toContain("can’t ask for this runbook any more");
    const lead = world.slack.as("lead");
    await lead.click(asked.card, "jit_deny");
    const form = await lead.waitForView("Reason", PATIENCE);
    await lead.fill(form, { Reason: "Left the team" }).submit();
    await cardSays(world, asked, "Denied");
    await copies.edit("access.yml", (text) => text.replace("[U0ONCALL, ", "[U0ONCALL, U0ENGINEER, "));
    await world.app.reload();
  });

  test("a requester who lost the right after the approval runs nothing again, and the access ends", async () => {
    const asked = await ask(world, { as: "engineer", window: true });
    await approve(world, asked);
    await stored(world, asked.requestId, (now) => now.request.runs[0]?.delivery !== undefined);
    await copies.edit("access.yml", (text) => text.replace("[U0ONCALL, U0ENGINEER, ", "[U0ONCALL, "));
    await world.app.reload();
    const person = world.slack.as("engineer");
    const own = await person.waitForMessage(
      "dm",
      (text) => text.includes(asked.requestId) && text.includes("[Run again]"),
      PATIENCE,
    );
    const told = await toldPrivately(person, () => person.click(own, "jit_run_again"));
    expect(told).toContain("does not allow it any more, so nothing was run");
    await inThread(world, asked, "Access is ending: the policy does not allow it any more");
    const { request } = await stored(world, asked.requestId);
    expect(request).toMatchObject({ revocation: { cause: "no-longer-allowed" }, runs: [{ no: 1 }] });
    expect(sessionsOf(world, asked.requestId)).toHaveLength(1);
    await copies.edit("access.yml", (text) => text.replace("[U0ONCALL, ", "[U0ONCALL, U0ENGINEER, "));
    await world.app.reload();
  });

  test("a broken file changes nothing: the last good set stays, and the log names file and line", async () => {
    await copies.edit("orders-by-id.yml", (text) =>
      text.replace("action: dynamodb:GetItem", "action: dynamodb:Scan"),
    );
    expect(await world.app.reload()).toBe("refused");
    expect(JSON.stringify(errors.at(-1))).toMatch(/orders-by-id\.yml.*"line":\d+/);
    const asked = await ask(world);
    await approve(world, asked);
    await inThread(world, asked, "✔");
    await copies.edit("orders-by-id.yml", (text) =>
      text.replace("action: dynamodb:Scan", "action: dynamodb:GetItem"),
    );
    expect(await world.app.reload()).toBe("same");
  });

  test("an unknown runbook is answered with the nearest one", async () => {
    const person = world.slack.as("oncall");
    const told = await toldPrivately(person, () =>
      person.command("/jit request orders-by-di", { channel: INCIDENTS }),
    );
    expect(told).toMatch(/Did you mean “orders-by-id”/);
  });
});
