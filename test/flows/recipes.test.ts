import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findContradiction } from "../../src/request/find-contradiction.ts";
import { eventually } from "../fixtures/eventually.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  approve,
  ask,
  cardSays,
  dataCalls,
  fillForm,
  INCIDENTS,
  inThread,
  PATIENCE,
  stored,
  toldPrivately,
} from "./acting.ts";
import { lastSubmissionOf, submitAgain } from "./forged.ts";
import { aRecipeInForce, askForRecipe, nextOrder, recipesOf } from "./recipe-acting.ts";

describe("a recipe", () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
    await world.startReplica();
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  const stateOf = async (requestId: string) => (await stored(world, requestId)).request.state;
  const order = (id: string) => ({ "Order number": id });

  test("is asked for and judged like a request, and then approves what is within, nobody asked", async () => {
    const [one, two] = [nextOrder(), nextOrder()];
    const recipe = await askForRecipe(world, {
      fields: order(`${one}\n${two}`),
      people: ["oncall", "engineer"],
      runs: 2,
    });
    expect(recipe.card.rendered).toContain(`${one} or ${two}`);
    expect(recipe.card.rendered).toContain("*Approves in advance* up to 2 runs");
    expect(recipe.card.rendered).toContain("for @oncall and @engineer together");
    await approve(world, recipe);
    await inThread(world, recipe, "is in force");
    const { request } = await stored(world, recipe.requestId);
    expect(request).toMatchObject({ state: "active", runs: [], plan: { recipe: { runs: 2 } } });
    expect(findContradiction(request)).toBeUndefined();

    const use = await ask(world, { as: "engineer", fields: order(two) });
    await inThread(world, use, `recipe ${recipe.requestId} (approved by @lead): run 1 of 2`);
    await inThread(world, use, "✔");
    await cardSays(world, use, "nobody was asked again");
    const used = (await stored(world, use.requestId)).request;
    expect(used.votes).toEqual([]);
    const fact = used.events.find((event) => event.fact.type === "request.approved-by-recipe")?.fact;
    expect(fact).toMatchObject({
      recipe: recipe.requestId,
      recipeDigest: request.planDigest,
      approvers: [{ userId: "U0LEAD" }],
      run: 1,
      runs: 2,
    });
    expect(dataCalls(world, use.requestId).length).toBeGreaterThan(0);
    expect(dataCalls(world, recipe.requestId)).toEqual([]);
    expect((await recipesOf(world, "engineer")).rendered).toContain("1 of 2 runs left");
  });

  test("is approved by four eyes: not by whoever asked for it, and not for whoever approved it", async () => {
    const fields = order(nextOrder());
    const people = ["lead", "approver2"];
    const recipe = await askForRecipe(world, { as: "lead", fields, people });
    const told = await toldPrivately(world.slack.as("lead"), () => approve(world, recipe, "lead"));
    expect(told).toContain("nobody decides their own request");
    expect(await stateOf(recipe.requestId)).toBe("pending");
    await approve(world, recipe, "approver2");
    await inThread(world, recipe, "is in force");

    const byApprover = await ask(world, { as: "approver2", fields });
    expect(byApprover.card.rendered).toContain("who approved a recipe does not use it");
    expect(await stateOf(byApprover.requestId)).toBe("pending");
    const byAsker = await ask(world, { as: "lead", fields });
    await inThread(world, byAsker, "run 1 of 5");
  });

  test("that only waits approves nothing", async () => {
    const fields = order(nextOrder());
    const recipe = await askForRecipe(world, { fields });
    const asked = await ask(world, { fields });
    expect(await stateOf(asked.requestId)).toBe("pending");
    expect(asked.card.rendered).not.toContain(recipe.requestId);
    await world.slack.as("lead").click(recipe.card, "jit_deny");
  });

  test("leaves to people what is outside of it, and whoever it does not name", async () => {
    const fields = order(nextOrder());
    const recipe = await aRecipeInForce(world, { as: "engineer", fields, people: ["engineer"] });
    const outside = await ask(world, { as: "engineer", fields: order(nextOrder()) });
    expect(outside.card.rendered).toContain("outside of what it allows: Order number");
    expect(await stateOf(outside.requestId)).toBe("pending");
    const window = await ask(world, { as: "engineer", fields, window: true });
    expect(window.card.rendered).toContain("it is for single runs");
    const stranger = await ask(world, { as: "oncall", fields });
    expect(stranger.card.rendered).not.toContain(recipe.requestId);
    expect(await stateOf(stranger.requestId)).toBe("pending");
    expect((await recipesOf(world, "oncall")).rendered).not.toContain(recipe.requestId);
    const oncall = world.slack.as("oncall");
    await oncall.click(recipe.card, "jit_revoke");
    await oncall.waitForView("the approvers of this request and admins can do this", PATIENCE);
    expect(await stateOf(recipe.requestId)).toBe("active");
  });

  test("is never used more often than approved, however many ask at once", async () => {
    const fields = order(nextOrder());
    const recipe = await aRecipeInForce(world, { as: "approver2", fields, people: ["approver2"], runs: 3 });
    const before = new Set((await world.store.ofPerson(approver2, 100)).map(({ id }) => id));
    const outcome = await fillForm(world, { as: "approver2", fields, reason: "Six at once" });
    expect(outcome.status).toBe("ok");
    const form = lastSubmissionOf(world.slack, approver2.userId);
    await Promise.all(Array.from({ length: 5 }, () => submitAgain(world.slack, form, {})));
    const mine = async () => (await world.store.ofPerson(approver2, 100)).filter(({ id }) => !before.has(id));
    await eventually(async () => (await mine()).length === 6, PATIENCE.timeoutMs);
    const asked = await mine();
    const runs = asked.flatMap(({ approval }) => approval.recipe?.run ?? []);
    expect(runs).toHaveLength(3);
    expect(new Set(runs)).toEqual(new Set([1, 2, 3]));
    const pending = asked.filter(({ state }) => state === "pending");
    expect(pending).toHaveLength(3);
    expect(pending[0]?.approval.missedRecipes).toContainEqual({
      recipe: recipe.requestId,
      because: "all 3 of its runs are used",
    });
    expect((await recipesOf(world, "approver2")).rendered).toContain("0 of 3 runs left");
  });

  test("is said by explain, with the run that it would be", async () => {
    const id = nextOrder();
    const recipe = await aRecipeInForce(world, { fields: order(id), groups: ["engineering"], people: [] });
    const person = world.slack.as("approver2");
    const explain = (one: string) =>
      toldPrivately(person, () =>
        person.command(`/jit explain orders-by-id order_id=${one}`, { channel: INCIDENTS }),
      );
    const would = `Nobody has to: the recipe ${recipe.requestId}, approved by @lead, would approve it as run 1 of 5`;
    expect(await explain(id)).toContain(would);
    const wouldNot = `The recipe ${recipe.requestId} would not approve it: outside of`;
    expect(await explain(nextOrder())).toContain(wouldNot);
    expect((await recipesOf(world, "approver2")).rendered).toContain(recipe.requestId);
  });
});

const approver2 = { teamId: "T0SANDBOX", userId: "U0APPROVER2" };
