import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { eventually } from "../fixtures/eventually.ts";
import {
  APPROVALS,
  approve,
  ask,
  dataCalls,
  fillForm,
  inThread,
  PATIENCE,
  queueAgain,
  refusalFacts,
  sessionsOf,
  stored,
  toldPrivately,
} from "./acting.ts";
import { deliverAgain, lastClickOf } from "./forged.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";
import { approveByTwo, askForRelease, freshCard, HOLDER, lockedOrder, lockOf, takeLock } from "./writing.ts";

/** What this request's sessions did, in order. */
function said(world: World, requestId: string): string[] {
  return dataCalls(world, requestId).map(({ operation, access, error }) =>
    [operation, access, ...(error ? [error.code] : [])].join(" "),
  );
}

describe("a write that people approve", () => {
  let world: World;
  beforeAll(async () => {
    world = await aWorld();
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("shows what would change, changes exactly that, and shows before and after", async () => {
    const order = lockedOrder(world, 0);
    const before = await lockOf(world, order);
    const asked = await askForRelease(world, order);
    const card = await freshCard(world, asked);
    expect(card.rendered).toMatch(/Held by \(lock_owner\)[^\n]*fulfilment-worker-3[^\n]*\(removed\)/);
    expect(card.rendered).toContain("orders-restore-lock");
    await approveByTwo(world, asked);
    await inThread(world, asked, "✔");
    expect(await lockOf(world, order)).toEqual({});
    const rows = await world.slack.as("oncall").waitForMessage("dm", /Only you see these rows/);
    expect(rows.rendered).toContain(before.owner);
    expect(said(world, asked.requestId)).toEqual(["GetItem allowed", "UpdateItem allowed"]);
    const { request } = await stored(world, asked.requestId);
    expect(request.events.map(({ fact }) => fact.type)).toEqual(
      expect.arrayContaining(["look.started", "look.read", "run.succeeded"]),
    );
  });

  test("is done once, however often its job and its clicks come", async () => {
    const order = lockedOrder(world, 1);
    const asked = await askForRelease(world, order);
    await approveByTwo(world, asked);
    const click = lastClickOf(world.slack, "U0APPROVER2");
    await Promise.all([1, 2, 3].map(() => deliverAgain(world.slack, click)));
    await queueAgain(world, asked.requestId, 1, 5);
    await inThread(world, asked, "✔");
    await takeLock(world, order, HOLDER, "2026-01-01T00:00:00Z");
    await queueAgain(world, asked.requestId, 1, 3);
    await askForRelease(world, lockedOrder(world, 2)); // a later request is served, so the jobs before it are done
    expect(said(world, asked.requestId).filter((line) => line.startsWith("UpdateItem"))).toEqual([
      "UpdateItem allowed",
    ]);
    expect((await lockOf(world, order)).owner).toBe(HOLDER);
  });

  test("is not done when the item changed since it was shown", async () => {
    const order = lockedOrder(world, 3);
    const asked = await askForRelease(world, order);
    // The runbook's own condition would still hold: the holder is the same, its time is over.
    await takeLock(world, order, HOLDER, "2026-01-01T00:00:00Z");
    await approveByTwo(world, asked);
    const failed = await inThread(world, asked, "✖ Run 1 failed");
    expect(failed.rendered).toContain("changed after it was shown (lock_expires_at)");
    expect(await lockOf(world, order)).toEqual({ owner: HOLDER, until: "2026-01-01T00:00:00Z" });
    const { request } = await stored(world, asked.requestId);
    expect(request.runs[0]?.failure?.code).toBe("changed-since-shown");
  });

  test("is not done when its condition does not hold, and says so", async () => {
    const order = lockedOrder(world, 4);
    const asked = await askForRelease(world, order, { holder: "somebody-else" });
    await approveByTwo(world, asked);
    const failed = await inThread(world, asked, "✖ Run 1 failed");
    expect(failed.rendered).toContain("condition of this write does not hold");
    expect((await lockOf(world, order)).owner).toBe(HOLDER);
  });

  test("can't be approved before its item was looked at, nor by what a card showed before", async () => {
    world.aws.faults.add({
      service: "dynamodb",
      operation: "GetItem",
      table: "orders",
      times: 1,
      effect: { kind: "latency", latencyMs: 1_500 },
    });
    const asked = await ask(world, {
      runbook: "orders-release-lock",
      fields: { "Order number": lockedOrder(world, 5), "Held by": HOLDER },
    });
    expect(asked.card.rendered).toContain("being looked at");
    expect(asked.card.rendered).not.toContain("[Approve]");
    const { requestId } = asked;
    const lead = world.slack.as("lead");
    const card = await freshCard(world, asked);
    await lead.click(card, "jit_approve");
    const { request } = await stored(world, requestId, (now) => now.request.votes.length === 1);
    // A card of before the look carries the digest of a plan that nobody can approve any more.
    const click = structuredClone(lastClickOf(world.slack, "U0LEAD"));
    const [action] = click["actions"] as { value: string }[];
    if (action)
      action.value = `${requestId}:${request.look?.state === "read" ? request.look.submittedPlanDigest.slice(0, 12) : ""}`;
    const told = await toldPrivately(lead, () => deliverAgain(world.slack, click));
    expect(told).toContain("What you saw is not what is stored now");
    expect((await stored(world, requestId)).request.votes).toHaveLength(1);
  });

  test("is found done by reading back when its answer is lost", async () => {
    const order = lockedOrder(world, 6);
    const asked = await askForRelease(world, order);
    world.aws.faults.add({
      service: "dynamodb",
      operation: "UpdateItem",
      table: "orders",
      times: 1,
      effect: { kind: "reset", when: "after" },
    });
    await approveByTwo(world, asked);
    await inThread(world, asked, "✔");
    expect(await lockOf(world, order)).toEqual({});
    const { request } = await stored(world, asked.requestId);
    expect(request.runs[0]?.result?.settledBy).toBe("read-back");
    expect(said(world, asked.requestId).filter((line) => line.startsWith("UpdateItem"))).toHaveLength(1);
  });

  test("is found not done by reading back when it never arrived, and is not sent again", async () => {
    const order = lockedOrder(world, 7);
    const asked = await askForRelease(world, order);
    world.aws.faults.add({
      service: "dynamodb",
      operation: "UpdateItem",
      table: "orders",
      times: 1,
      effect: { kind: "reset", when: "before" },
    });
    await approveByTwo(world, asked);
    const failed = await inThread(world, asked, "✖ Run 1 failed");
    expect(failed.rendered).toContain("is as it was before: nothing was written");
    expect((await lockOf(world, order)).owner).toBe(HOLDER);
    expect(said(world, asked.requestId).filter((line) => line.startsWith("UpdateItem"))).toHaveLength(1);
  });

  test("is called unknown when reading back can't tell, and the item is looked at again", async () => {
    const order = lockedOrder(world, 8);
    const asked = await askForRelease(world, order);
    const fault = { service: "dynamodb", table: "orders", effect: { kind: "reset", when: "after" } } as const;
    world.aws.faults.add({ ...fault, operation: "UpdateItem", times: 1 });
    const blind = world.aws.faults.add({ ...fault, operation: "GetItem" });
    await approveByTwo(world, asked);
    await inThread(world, asked, "❔ The outcome of run 1 is unknown");
    world.aws.faults.clear(blind);
    const settled = await inThread(world, asked, "the item, read back, shows it");
    expect(settled.rendered).toContain("Written");
    expect(await lockOf(world, order)).toEqual({});
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.state === "succeeded",
    );
    expect(request.events.map(({ fact }) => fact.type)).toEqual(
      expect.arrayContaining(["run.unknown", "read-back.started", "run.settled"]),
    );
    expect(said(world, asked.requestId).filter((line) => line.startsWith("UpdateItem"))).toHaveLength(1);
  });

  test("is looked at at once also when the clocks moved apart since the last session", async () => {
    await askForRelease(world, lockedOrder(world, 2), { as: "engineer" });
    world.aws.clock.advance(60_000);
    const asked = await askForRelease(world, lockedOrder(world, 2), { as: "engineer" });
    const { request } = await stored(world, asked.requestId);
    const looks = request.events.map(({ fact }) => fact.type).filter((type) => type.startsWith("look."));
    expect(looks).toEqual(["look.started", "look.read"]);
    // The one that came out with another life is recorded, and nothing was asked with it.
    expect(request.look?.earlierLeases).toHaveLength(1);
    expect(said(world, asked.requestId)).toEqual(["GetItem allowed"]);
  });

  test("is taken back by a request of its own, filled with what stood there", async () => {
    const order = lockedOrder(world, 9);
    const before = await lockOf(world, order);
    const asked = await askForRelease(world, order, { as: "engineer" });
    await approveByTwo(world, asked);
    await inThread(world, asked, "✔");
    const engineer = world.slack.as("engineer");
    const own = await engineer.waitForMessage(
      "dm",
      (text) => text.includes(asked.requestId) && text.includes("[Roll back…]"),
    );
    await engineer.click(own, "jit_roll_back");
    const form = await engineer.waitForView("Restore an order lock", PATIENCE);
    expect(form.rendered).toContain(`takes back what request ${asked.requestId} wrote`);
    const reason = "The holder is alive after all";
    const outcome = await engineer.fill(form, { Reason: reason }).submit();
    expect(outcome.status).toBe("ok");
    const card = await world.slack.as("lead").waitForMessage(APPROVALS, reason, PATIENCE);
    const back = { card, requestId: /\bR[0-9A-Z]{16}\b/.exec(card.rendered)?.[0] ?? "", reason };
    expect(back.requestId).not.toBe(asked.requestId);
    expect(await lockOf(world, order)).toEqual({});
    await stored(world, back.requestId, ({ request }) => request.look?.state === "read");
    await approveByTwo(world, back);
    await inThread(world, back, "✔");
    expect(await lockOf(world, order)).toEqual(before);
  });

  test("is not taken back by a stranger who forges the click", async () => {
    const order = lockedOrder(world, 10);
    const asked = await askForRelease(world, order, { as: "engineer" });
    await approveByTwo(world, asked);
    await inThread(world, asked, "✔");
    const engineer = world.slack.as("engineer");
    const own = await engineer.waitForMessage(
      "dm",
      (text) => text.includes(asked.requestId) && text.includes("[Roll back…]"),
    );
    await engineer.click(own, "jit_roll_back");
    const form = await engineer.waitForView("Restore an order lock", PATIENCE);
    await engineer.close(form, { all: true });
    const click = structuredClone(lastClickOf(world.slack, "U0ENGINEER"));
    (click["user"] as { id: string }).id = "U0ONCALL";
    await deliverAgain(world.slack, click);
    await eventually(async () =>
      (await refusalFacts(world)).some(
        ({ actor, why, requestId }) =>
          actor !== "system" &&
          actor.userId === "U0ONCALL" &&
          why === "not-yours" &&
          requestId === asked.requestId,
      ),
    );
    expect(world.slack.as("oncall").view()?.rendered ?? "").not.toContain(HOLDER);
    expect(await lockOf(world, order)).toEqual({});
  });

  test("takes no hostile value, neither typed nor standing in the item", async () => {
    const outcome = await fillForm(world, {
      runbook: "orders-release-lock",
      fields: { "Order number": lockedOrder(world, 11), "Held by": ":now OR attribute_exists(order_id)" },
    });
    expect(outcome.status).toBe("invalid");
    const order = lockedOrder(world, 11);
    const hostile = "<!channel> *x* `y` \u202e";
    await takeLock(world, order, hostile, "2026-01-01T00:00:00Z");
    const asked = await askForRelease(world, order);
    const card = await freshCard(world, asked);
    expect(card.rendered).not.toContain("\u202e");
    expect(card.rendered).toContain("<!channel> *x* `y` ⟨U+202E⟩");
    await approveByTwo(world, asked);
    await inThread(world, asked, "✖ Run 1 failed"); // the holder that was named is not the one that stands there
    expect((await lockOf(world, order)).owner).toBe(hostile);
  });

  test("is never repeated to prove that its access ended", async () => {
    const order = lockedOrder(world, 2);
    const asked = await askForRelease(world, order, { as: "engineer" });
    await approveByTwo(world, asked);
    await inThread(world, asked, "✔");
    await stored(world, asked.requestId, ({ request }) => request.state === "revoked");
    const { request } = await stored(world, asked.requestId);
    expect(request.look?.lease?.end?.proof).toBe("probe-denied");
    expect(request.runs[0]?.lease?.end?.detail).toContain("dynamodb:GetItem was refused");
    expect(said(world, asked.requestId).filter((line) => line.startsWith("UpdateItem"))).toHaveLength(1);
    expect(sessionsOf(world, asked.requestId)).toHaveLength(2);
  });
});

describe("a write whose item may not be looked at before", () => {
  let copies: RunbookCopies;
  let world: World;
  beforeAll(async () => {
    copies = await runbookCopies({
      "access.yml": (text) => text.replace("    allowBeforeImage: true\n", ""),
    });
    world = await aWorld({ runbooksDir: copies.dir });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("says on the card that the condition alone protects, and reads nothing before the approval", async () => {
    const order = lockedOrder(world, 0);
    const asked = await ask(world, {
      runbook: "orders-release-lock",
      fields: { "Order number": order, "Held by": HOLDER },
    });
    expect(asked.card.rendered).toContain("the policy does not allow a look before the approval");
    expect(sessionsOf(world, asked.requestId)).toEqual([]);
    await approve(world, asked);
    await approve(world, asked, "approver2");
    await inThread(world, asked, "✔");
    expect(await lockOf(world, order)).toEqual({});
    // It looks inside its own run, so that the requester gets before and after.
    expect(said(world, asked.requestId)).toEqual(["GetItem allowed", "UpdateItem allowed"]);
    const rows = await world.slack.as("oncall").waitForMessage("dm", /Only you see these rows/);
    expect(rows.rendered).toContain(HOLDER);
    await inThread(world, asked, "The rows of run 1 went to");
    const dms = world.slack.as("oncall").directMessages();
    expect(dms.some(({ rendered }) => rendered.includes("[Roll back…]"))).toBe(false);
  });
});
