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
  refusalFacts,
  stored,
  toldPrivately,
} from "./acting.ts";
import { lastSubmissionOf, submitAgain } from "./forged.ts";
import { aRecipeInForce, askForRecipe, fillRecipe, recipesOf } from "./recipe-acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const order = (no: number) => ({ "Order number": `O-0000000${no}` });

describe("a recipe", () => {
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies({
      "access.yml": (text) =>
        text
          .replace(
            "allowBeforeImage: true",
            "allowBeforeImage: true\n    recipes: { maxRuns: 5, maxDays: 5 }",
          )
          .replace("allowPreview: false", "allowPreview: false\n    recipes: { maxRuns: 5, maxDays: 5 }"),
    });
    world = await aWorld({ runbooksDir: copies.dir });
    await world.startReplica();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  const stateOf = async (requestId: string) => (await stored(world, requestId)).request.state;

  test("is asked for and judged like a request, and then approves what is within, nobody asked", async () => {
    const recipe = await askForRecipe(world);
    expect(recipe.card.rendered).toContain("O-00000001 or O-00000002");
    expect(recipe.card.rendered).toContain("*Approves in advance* up to 2 runs");
    expect(recipe.card.rendered).toContain("for @oncall and @engineer together");
    await approve(world, recipe);
    await inThread(world, recipe, "is in force");
    const { request } = await stored(world, recipe.requestId);
    expect(request).toMatchObject({ state: "active", runs: [], plan: { recipe: { runs: 2 } } });
    expect(dataCalls(world, recipe.requestId)).toEqual([]);

    const use = await ask(world, { as: "engineer", fields: order(2) });
    await inThread(world, use, `recipe ${recipe.requestId} (approved by @lead): run 1 of 2`);
    await inThread(world, use, "✔");
    await cardSays(world, use, "nobody was asked again");
    const used = (await stored(world, use.requestId)).request;
    expect(used.votes).toEqual([]);
    expect(used.events.find(({ fact }) => fact.type === "request.approved-by-recipe")?.fact).toMatchObject({
      recipe: recipe.requestId,
      recipeDigest: request.planDigest,
      approvers: [{ userId: "U0LEAD" }],
      run: 1,
      runs: 2,
    });
    expect(findContradiction(request)).toBeUndefined();
    expect(dataCalls(world, use.requestId).length).toBeGreaterThan(0);
    expect((await recipesOf(world, "engineer")).rendered).toContain("1 of 2 runs left");
    await world.slack.as("oncall").click(await recipesOf(world, "oncall"), "jit_end");
    await inThread(world, recipe, "Recipe ended");
  });

  test("is approved by four eyes: not by whoever asked for it, and not for whoever approved it", async () => {
    const recipe = await askForRecipe(world, {
      as: "lead",
      people: ["lead", "approver2", "engineer"],
      runs: 5,
    });
    const told = await toldPrivately(world.slack.as("lead"), () => approve(world, recipe, "lead"));
    expect(told).toContain("nobody decides their own request");
    expect(await stateOf(recipe.requestId)).toBe("pending");
    await approve(world, recipe, "approver2");
    await inThread(world, recipe, "is in force");

    const byApprover = await ask(world, { as: "approver2" });
    expect(byApprover.card.rendered).toContain("who approved a recipe does not use it");
    expect(await stateOf(byApprover.requestId)).toBe("pending");
    const byAsker = await ask(world, { as: "lead" });
    await inThread(world, byAsker, "run 1 of 5");
    await world.slack.as("lead").click(await recipesOf(world, "lead"), "jit_end");
    await inThread(world, recipe, "Recipe ended");
  });

  test("outside of what it allows, and for whom it does not name, people decide", async () => {
    const recipe = await aRecipeInForce(world, { people: ["oncall"] });
    const outside = await ask(world, { fields: order(3) });
    expect(outside.card.rendered).toContain("outside of what it allows: Order number");
    expect(await stateOf(outside.requestId)).toBe("pending");
    const window = await ask(world, { fields: order(1), window: true });
    expect(window.card.rendered).toContain("it is for single runs");
    const stranger = await ask(world, { as: "engineer" });
    expect(stranger.card.rendered).not.toContain(recipe.requestId);
    expect(await stateOf(stranger.requestId)).toBe("pending");
    expect((await recipesOf(world, "engineer")).rendered).not.toContain(recipe.requestId);
    expect(await stateOf(recipe.requestId)).toBe("active");
    await world.slack.as("oncall").click(await recipesOf(world, "oncall"), "jit_end");
    await inThread(world, recipe, "Recipe ended");
  });

  test("is never used more often than approved, however many ask at once", async () => {
    const recipe = await aRecipeInForce(world, { as: "engineer", people: ["engineer"], runs: 3 });
    const before = new Set((await world.store.ofPerson(engineer, 100)).map(({ id }) => id));
    const outcome = await fillForm(world, { as: "engineer", reason: "Six at once" });
    expect(outcome.status).toBe("ok");
    const form = lastSubmissionOf(world.slack, engineer.userId);
    await Promise.all(Array.from({ length: 5 }, () => submitAgain(world.slack, form, {})));
    const mine = async () => (await world.store.ofPerson(engineer, 100)).filter(({ id }) => !before.has(id));
    await eventually(async () => (await mine()).length === 6, PATIENCE.timeoutMs);
    const asked = await mine();
    const runs = asked.flatMap(({ approval }) => approval.recipe?.run ?? []);
    expect(runs.toSorted()).toEqual([1, 2, 3]);
    expect(asked.filter(({ state }) => state === "pending")).toHaveLength(3);
    expect(asked.find(({ state }) => state === "pending")?.approval.missedRecipes).toEqual([
      { recipe: recipe.requestId, because: "all 3 of its runs are used" },
    ]);
    expect((await recipesOf(world, "engineer")).rendered).toContain("0 of 3 runs left");
  });

  test("that an admin revokes, with a reason, approves nothing from the next request on", async () => {
    const recipe = await aRecipeInForce(world, { people: ["oncall"], runs: 5 });
    const security = world.slack.as("security");
    await security.click(await recipesOf(world, "security"), "jit_revoke", { nth: 0 });
    const view = await security.waitForView("Revoke", PATIENCE);
    await security.fill(view, { Reason: "Too wide for this week" }).submit();
    const told = await inThread(world, recipe, "Recipe ended");
    expect(told.rendered).toContain("Too wide for this week");
    const asked = await ask(world);
    expect(await stateOf(asked.requestId)).toBe("pending");
    const { request } = await stored(
      world,
      recipe.requestId,
      ({ request: { state } }) => state === "revoked",
    );
    expect(request.events.find(({ fact }) => fact.type === "revocation.started")).toMatchObject({
      actor: { kind: "person", id: { userId: "U0SECURITY" } },
      fact: { cause: "revoked", reason: "Too wide for this week" },
    });
  });

  test("is said by explain, with the run that it would be", async () => {
    const recipe = await aRecipeInForce(world, { groups: ["engineering"], people: [], runs: 4 });
    const person = world.slack.as("approver2");
    const explain = (no: number) =>
      toldPrivately(person, () =>
        person.command(`/jit explain orders-by-id order_id=O-0000000${no}`, { channel: INCIDENTS }),
      );
    expect(await explain(1)).toMatch(
      new RegExp(
        `Nobody has to: the recipe ${recipe.requestId}, approved by @lead, would approve it as run 1 of 4`,
      ),
    );
    expect(await explain(3)).toContain(`The recipe ${recipe.requestId} would not approve it: outside of`);
    expect((await recipesOf(world, "approver2")).rendered).toContain("4 of 4 runs left");
  });

  test.each([
    ["orders-stuck-by-status", { days: 31 }, "at most 30 days"],
    ["orders-stuck-by-status", { runs: 20, people: [] }, "Say who may use it"],
    ["orders-stuck-by-status", { fields: { Status: ["PAID"], older_than: "next week" } }, "with its zone"],
  ])("for %s is not taken with %j: the field says why", async (runbook, wrong, words) => {
    const fields = { Status: ["PAID"], "In this status since before (UTC)": "last 2 days" };
    const outcome = await fillRecipe(world, { runbook, fields, ...wrong }).catch((error: unknown) => error);
    expect(JSON.stringify(outcome)).toContain(words);
    const person = world.slack.as("oncall");
    await person.close(await person.waitForView("Send recipe", PATIENCE), { all: true });
  });

  test.each([
    ["crm-adhoc", "nobody can approve in advance what nobody has written"],
    ["orders-release-lock", "changes an item that approvers are shown before each write"],
    ["ct-root-activity", "The policy allows no recipes for ct-root-activity"],
    ["orders-by-idd", "no runbook called"],
  ])("for %s can’t be had, which is said and recorded", async (runbook, words) => {
    const person = world.slack.as("engineer");
    await person.command(`/jit recipe request ${runbook}`, { channel: INCIDENTS });
    const view = await person.waitForView(words, PATIENCE);
    await person.close(view, { all: true });
    const facts = await refusalFacts(world);
    expect(facts.map(({ act }) => act)).toContain(
      runbook === "orders-by-idd" ? "recipe" : `recipe ${runbook}`,
    );
  });

  test("of enum values and times is used within them", async () => {
    const stuck = { runbook: "orders-stuck-by-status", as: "engineer" };
    const since = "In this status since before (UTC)";
    const fields = { Status: ["PAID", "SHIPPED"], [since]: "last 2 days" };
    const recipe = await aRecipeInForce(world, { ...stuck, fields, people: ["engineer"], runs: 3 });
    expect(recipe.card.rendered).toContain("within the last 2 days");
    expect(recipe.card.rendered).toMatch(/Customer +\| \(not given\)/);
    const at = Math.floor(Date.now() / 1000) - 3600;
    const within = await ask(world, { ...stuck, fields: { Status: "SHIPPED", [since]: at } });
    await inThread(world, within, "run 1 of 3");
    const wider = { Status: "SHIPPED", [since]: at, Customer: "C-1234" };
    const outside = await ask(world, { ...stuck, fields: wider });
    expect(outside.card.rendered).toContain("outside of what it allows: Customer");
    const older = await ask(world, { ...stuck, fields: { Status: "PAID", [since]: at - 2 * 86_400 } });
    expect(older.card.rendered).toContain(`outside of what it allows: ${since}`);
  });
});

const engineer = { teamId: "T0SANDBOX", userId: "U0ENGINEER" };
