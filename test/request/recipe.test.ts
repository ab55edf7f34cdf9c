import { describe, expect, test } from "vitest";
import { findContradiction } from "../../src/request/find-contradiction.ts";
import { record } from "../../src/request/outcome.ts";
import { isInForce, recipeApprovers, submitByRecipe } from "../../src/request/recipe.ts";
import type { RecipeApproval, Request } from "../../src/request/request.ts";
import { beginRevocation } from "../../src/request/revoke.ts";
import { queuedRun, queueRun } from "../../src/request/run.ts";
import { startGrant } from "../../src/request/start-grant.ts";
import { submit } from "../../src/request/submit.ts";
import { tidy } from "../../src/request/tidy.ts";
import { castVote } from "../../src/request/vote.ts";
import { aPlan, approver2, later, lead, requester, T0 } from "../fixtures/a-request.ts";

const until = "2026-12-01T00:00:00.000Z";
const approval = {
  policy: "orders",
  groups: ["orders-platform"],
  approvers: [lead, approver2],
  count: 1,
  channel: "C0APPROVALS",
  allowPreview: false,
};
const submission = { reason: "Every night the same", approval, pendingMinutes: 60 };

function asked(end = until): Request {
  const recipe = { inputs: {}, people: [requester], groups: [], runs: 3, until: end, dataSourceDigest: "d" };
  return submit({ ...submission, plan: { ...aPlan(), recipe } }, T0);
}

function approved(): Request {
  const vote = { by: lead, decision: "approve" as const };
  const cast = castVote(asked(), vote, { rule: "orders: member of orders-platform" }, later(10));
  if (cast.status === "refused") throw new Error(cast.why.kind);
  return cast.request;
}

const by: RecipeApproval = {
  recipe: "R0000000000000009",
  recipeDigest: "9".repeat(64),
  approvers: [lead],
  run: 1,
  runs: 3,
  until,
};

describe("a recipe", () => {
  test("is in force from its approval to its day, and runs nothing", () => {
    const recipe = approved();
    expect(recipe).toMatchObject({ state: "active", runs: [], grant: { endsAt: until } });
    expect(isInForce(recipe, later(20))).toBe(true);
    expect(isInForce(asked(), later(20))).toBe(false);
    expect(isInForce(recipe, new Date(until))).toBe(false);
    expect(recipeApprovers(recipe)).toEqual([lead]);
    expect(findContradiction(recipe)).toBeUndefined();
    expect(queueRun(recipe, requester, later(20))).toMatchObject({ why: { kind: "recipe-runs-nothing" } });
  });

  test("nobody approves their own", () => {
    const own = castVote(asked(), { by: requester, decision: "approve" }, { rule: "orders" }, later(10));
    expect(own).toMatchObject({ status: "refused", why: { kind: "own-request" } });
  });

  test("time alone ends it at its day, and not before, proven at once", () => {
    const recipe = approved();
    expect(tidy(recipe, {}, later(3 * 86_400)).status).toBe("refused");
    const over = tidy(recipe, {}, new Date(until));
    expect(over).toMatchObject({ request: { state: "revoked", revocation: { cause: "expired" } } });
  });

  test("that waits lapses with its own day at the latest", () => {
    expect(asked(later(600).toISOString()).lapsesAt).toBe(later(600).toISOString());
    expect(asked().lapsesAt).toBe(later(3600).toISOString());
  });

  test("that was ended is in force no more, from the same write on", () => {
    const ended = beginRevocation(approved(), { cause: "revoked", by: lead, reason: "Done" }, later(60));
    if (ended.status === "refused") throw new Error(ended.why.kind);
    expect(isInForce(ended.request, later(60))).toBe(false);
    expect(findContradiction(ended.request)).toContain("revocation.started");
  });

  test("whose document got a run is found out", () => {
    const recipe = approved();
    const run = queuedRun(recipe, requester, later(20).toISOString());
    const fact = { type: "run.queued", run: run.no } as const;
    const forged = record({ ...recipe, runs: [run] }, run.queuedAt, { kind: "system" }, fact);
    expect(findContradiction(forged)).toBe("a recipe runs nothing itself");
  });
});

describe("a request that a recipe approves", () => {
  const used = () => submitByRecipe({ ...submission, plan: aPlan() }, by, T0);

  test("starts at once, and its record names the recipe and who approved that", () => {
    const request = used();
    expect(request).toMatchObject({ state: "active", votes: [], runs: [{ no: 1, state: "queued" }] });
    const said = request.events.find(({ fact }) => fact.type === "request.approved-by-recipe");
    expect(said).toMatchObject({
      actor: { kind: "system" },
      fact: { ...by, planDigest: request.planDigest },
    });
    expect(findContradiction(request)).toBeUndefined();
  });

  test.each<[string, (request: Request) => Request]>([
    ["without the event", (request) => ({ ...request, events: plainEvents() })],
    ["by another recipe than the event says", (request) => withRecipe(request, { ...by, run: 2 })],
    ["by a recipe in the event alone", (request) => ({ ...request, approval })],
  ])("is not run when it is stored %s", (_how, forge) => {
    expect(findContradiction(forge(used()))).toBeDefined();
  });

  test("is not run when its requester approved the recipe, whatever the events say", () => {
    const own = { ...by, approvers: [lead, { ...requester, teamId: "T0OTHER" }] };
    const request = submitByRecipe({ ...submission, plan: aPlan() }, own, T0);
    expect(findContradiction(request)).toBe("the requester approved the recipe");
  });

  function withRecipe(request: Request, recipe: RecipeApproval): Request {
    return { ...request, approval: { ...request.approval, recipe } };
  }

  function plainEvents() {
    return startGrant(submit({ ...submission, plan: aPlan() }, T0), T0).events;
  }
});
