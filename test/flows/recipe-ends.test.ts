import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { ask, cardSays, inThread, PATIENCE, stored, toldPrivately } from "./acting.ts";
import { movableClock } from "./movable-clock.ts";
import { aRecipeInForce, nextOrder, recipesOf } from "./recipe-acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const order = (id: string) => ({ "Order number": id });

describe("the end of a recipe", () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  const stateOf = async (requestId: string) => (await stored(world, requestId)).request.state;

  test("by an admin, with a reason, counts for the very next request, and stands in the record", async () => {
    const fields = order(nextOrder());
    const recipe = await aRecipeInForce(world, { fields });
    const security = world.slack.as("security");
    await security.click(await recipesOf(world, "security"), "jit_revoke");
    const view = await security.waitForView("Go back", PATIENCE);
    await security.fill(view, { Reason: "Too wide for this week" }).submit();
    const asked = await ask(world, { fields });
    expect(await stateOf(asked.requestId)).toBe("pending");
    expect((await inThread(world, recipe, "Recipe ended")).rendered).toContain("Too wide for this week");
    const { request } = await stored(world, recipe.requestId, (one) => one.request.state === "revoked");
    expect(request.events.find(({ fact }) => fact.type === "revocation.started")).toMatchObject({
      actor: { kind: "person", id: { userId: "U0SECURITY" } },
      fact: { cause: "revoked", reason: "Too wide for this week" },
    });
    expect((await recipesOf(world, "oncall")).rendered).toContain("No recipe in force");
  });

  test("is its requester's to make, and no other user's", async () => {
    const fields = order(nextOrder());
    const recipe = await aRecipeInForce(world, { fields, people: ["engineer", "oncall"] });
    expect((await recipesOf(world, "engineer")).rendered).not.toContain("[End]");
    const told = await toldPrivately(world.slack.as("oncall"), async () =>
      world.slack.as("oncall").click(await recipesOf(world, "oncall"), "jit_end"),
    );
    expect(told).toContain("recipe");
    await cardSays(world, recipe, "Recipe ended");
    const asked = await ask(world, { as: "engineer", fields });
    expect(await stateOf(asked.requestId)).toBe("pending");
  });

  test("comes with its requester's account", async () => {
    const fields = order(nextOrder());
    const recipe = await aRecipeInForce(world, { as: "approver2", fields, people: ["engineer"] });
    world.slack.faults.deactivate("approver2");
    const asked = await ask(world, { as: "engineer", fields });
    expect(await stateOf(asked.requestId)).toBe("pending");
    const { request } = await stored(world, recipe.requestId, (one) => one.request.state === "revoked");
    expect(request.revocation?.cause).toBe("requester-gone");
  });
});

/** The sweeper sleeps here, so that what is over has not been put away. */
describe("a recipe whose ground changed", () => {
  const clock = movableClock();
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies();
    world = await aWorld({ runbooksDir: copies.dir, overrides: { clock, sweepEveryMs: 3_600_000 } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  async function change(file: string, from: string, to: string): Promise<void> {
    await copies.edit(file, (text) => text.replace(from, to));
    expect(await world.app.reload()).toBe("changed");
  }

  test("approves nothing, and the card says so: its data source", async () => {
    const fields = order(nextOrder());
    await aRecipeInForce(world, { fields });
    const source = "    table: orders\n";
    await change("datasources.yml", source, `${source}    owner: security\n`);
    const asked = await ask(world, { fields });
    expect(asked.card.rendered).toContain("the runbook or its data source changed since it was approved");
    expect((await stored(world, asked.requestId)).request.state).toBe("pending");
  });

  test("approves nothing where the policy wants more now", async () => {
    const fields = order(nextOrder());
    await aRecipeInForce(world, { as: "engineer", fields, people: ["engineer"] });
    await change("access.yml", "[orders-platform], count: 1", "[orders-platform], count: 2");
    const asked = await ask(world, { as: "engineer", fields });
    expect(asked.card.rendered).toContain("the policy wants more for this now than approved it: approval");
    await change("access.yml", "[orders-platform], count: 2", "[orders-platform], count: 1");
    const again = await ask(world, { as: "engineer", fields });
    await inThread(world, again, "run 1 of 5");
  });

  test("approves nothing that a rule denies", async () => {
    const fields = order(nextOrder());
    await aRecipeInForce(world, { as: "engineer", fields, people: ["engineer"] });
    const rule =
      "\nrules:\n  - { name: closed, deny: 'runbook.name == \"orders-by-id\"', because: Stocktaking. }\n";
    await change("access.yml", "\nadmins:", `${rule}\nadmins:`);
    const refused = await ask(world, { as: "engineer", fields }).catch((error: unknown) => String(error));
    expect(refused).toContain("Stocktaking");
    await change("access.yml", rule, "");
  });

  test("approves nothing while its requester could not ask for it", async () => {
    const fields = order(nextOrder());
    await aRecipeInForce(world, { as: "approver2", fields, people: ["engineer"] });
    await change("access.yml", "U0LEAD, U0APPROVER2] }\n  orders-platform", "U0LEAD] }\n  orders-platform");
    const asked = await ask(world, { as: "engineer", fields });
    expect(asked.card.rendered).toContain("allows no such recipe of its requester any more");
    await change("access.yml", "U0LEAD] }\n  orders-platform", "U0LEAD, U0APPROVER2] }\n  orders-platform");
  });

  test("approves nothing once who asked for it may not act", async () => {
    const fields = order(nextOrder());
    const recipe = await aRecipeInForce(world, { as: "approver2", fields, people: ["engineer"] });
    world.slack.faults.deactivate("approver2");
    const asked = await ask(world, { as: "engineer", fields });
    const { request } = await stored(world, asked.requestId);
    expect(request.state).toBe("pending");
    expect(request.approval.missedRecipes).toContainEqual({
      recipe: recipe.requestId,
      because: "who asked for it may not act now (deactivated)",
    });
  });

  test("approves nothing from its last moment on", async () => {
    const fields = order(nextOrder());
    const recipe = await aRecipeInForce(world, { as: "engineer", fields, people: ["engineer"], days: 1 });
    const { grant } = (await stored(world, recipe.requestId)).request;
    const ms = Date.parse(grant?.endsAt ?? "") - clock.now().getTime();
    clock.advance(ms);
    const asked = await ask(world, { as: "engineer", fields });
    expect((await stored(world, recipe.requestId)).request.state).toBe("active");
    expect((await stored(world, asked.requestId)).request.state).toBe("pending");
    expect((await recipesOf(world, "engineer")).rendered).not.toContain(recipe.requestId);
  });
});
