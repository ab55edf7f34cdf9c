import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  approve,
  ask,
  INCIDENTS,
  inThread,
  PATIENCE,
  refusalFacts,
  stored,
  toldPrivately,
} from "./acting.ts";
import { aRecipeInForce, askForRecipe, fillRecipe, recipesOf } from "./recipe-acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const since = "In this status since before (UTC)";

describe("the form of a recipe", () => {
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    const allowed = "recipes: { maxRuns: 5, maxDays: 5 }";
    copies = await runbookCopies({
      "access.yml": (text) =>
        text
          .replace("allowBeforeImage: true", `allowBeforeImage: true\n    ${allowed}`)
          .replace("allowPreview: false", `allowPreview: false\n    ${allowed}`),
    });
    world = await aWorld({ runbooksDir: copies.dir, overrides: { sweepEveryMs: 3_600_000 } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test.each([
    [{ days: 31 }, "at most 30 days"],
    [{ days: -1 }, "That day is over"],
    [{ people: [] }, "Say who may use it"],
    [{ fields: { Status: ["PAID"], [since]: "next week" } }, "with its zone"],
    [{ fields: { Status: ["PAID"], [since]: "last 2 days", Customer: "C-1\nC-1234" } }, "right form"],
  ])("is not taken with %j: the field says why, and nothing typed is lost", async (wrong, words) => {
    const fields = { Status: ["PAID"], [since]: "last 2 days" };
    const outcome = await fillRecipe(world, { runbook: "orders-stuck-by-status", fields, ...wrong });
    expect(JSON.stringify(outcome.fieldErrors)).toContain(words);
    const person = world.slack.as("oncall");
    const view = await person.waitForView("Send recipe", PATIENCE);
    expect(view.rendered).toContain("Reason number");
    await person.close(view, { all: true });
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
    const act = runbook === "orders-by-idd" ? "recipe" : `recipe ${runbook}`;
    expect(facts.map((fact) => fact.act)).toContain(act);
  });

  test("is not offered to who may not ask for the runbook", async () => {
    const person = world.slack.as("security");
    await person.command("/jit recipe request orders-by-id", { channel: INCIDENTS });
    const view = await person.waitForView("Only members of engineering", PATIENCE);
    await person.close(view, { all: true });
  });

  test("takes values of a menu and times, and they are held to at each use", async () => {
    const stuck = { runbook: "orders-stuck-by-status", as: "engineer" };
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
    const { request } = await stored(world, older.requestId);
    expect(request.state).toBe("pending");
  });

  test("shows a sensitive value to nobody but those who decide", async () => {
    const words = { Customer: "C-1234", "E-mail": "buyer@example.com" };
    const asking = { runbook: "orders-with-words", fields: words, people: ["engineer"] };
    const recipe = await aRecipeInForce(world, asking);
    expect(recipe.card.rendered).not.toContain("buyer@example.com");
    expect(recipe.card.rendered).toMatch(/E-mail +\| •••/);
    expect((await recipesOf(world, "engineer")).rendered).toContain("E-mail: •••");
    const own = await world.slack.as("lead").waitForMessage("dm", recipe.reason, PATIENCE);
    expect(own.rendered).toContain(recipe.requestId);
  });

  test("what waits can’t be approved once its runbook is another one", async () => {
    const recipe = await askForRecipe(world);
    await copies.edit("orders-by-id.yml", (text) => text.replace("version: 1.0.0", "version: 1.0.1"));
    expect(await world.app.reload()).toBe("changed");
    const told = await toldPrivately(world.slack.as("lead"), () => approve(world, recipe));
    expect(told).toContain("changed since @oncall asked");
    expect((await stored(world, recipe.requestId)).request.state).toBe("pending");
    expect((await recipesOf(world, "oncall")).rendered).not.toContain(recipe.requestId);
  });
});
