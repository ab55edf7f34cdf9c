import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluate } from "../../../src/iam/evaluate.ts";
import type { RoleDocument } from "../../../src/iam/roles/role-document.ts";
import { aWorld, type World } from "../../fixtures/a-world.ts";
import { approve, ask, inThread, stored } from "../../flows/acting.ts";
import { movableClock } from "../../flows/movable-clock.ts";
import { asDeclarations, policiesOf, roleOf, shippedRoles } from "./shipped-roles.ts";

describe("an account whose roles are the generated ones", () => {
  const clock = movableClock();
  let roles: RoleDocument[];
  let world: World;

  beforeAll(async () => {
    roles = await shippedRoles();
    world = await aWorld({
      aws: { roles: asDeclarations(roles) },
      overrides: { clock, sweepEveryMs: 200 },
    });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  async function runs(asking: Parameters<typeof ask>[1]): Promise<void> {
    const asked = await ask(world, asking);
    await approve(world, asked);
    await inThread(world, asked, /✔|How to read this/);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.delivery !== undefined,
    );
    expect(request.runs[0]).toMatchObject({ state: "succeeded", delivery: { status: "delivered" } });
    // Longer than any lease; the host and AWS agree on the time.
    clock.advance(900_000);
    world.aws.clock.advance(900_000);
    const ended = await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    expect(ended.request.runs[0]?.lease?.end).toBeDefined();
  }

  test("serves a DynamoDB query from request to proven end", async () => {
    await runs({});
    const calls = world.aws.calls.query({ operation: "GetItem", access: "allowed" });
    expect(calls.some(({ principalArn }) => principalArn?.includes("/jit-data-dynamodb-read"))).toBe(true);
  });

  test("serves an Athena query from request to proven end", async () => {
    const now = Math.floor(Date.now() / 1000);
    await runs({
      runbook: "ct-root-activity",
      fields: { Account: "111122223333", "From (UTC)": now - 2 * 86_400, "To (UTC)": now },
    });
    const forwarded = world.aws.calls
      .query({})
      .filter(({ invokedBy }) => invokedBy === "athena.amazonaws.com");
    expect(new Set(forwarded.map(({ service }) => service))).toEqual(new Set(["glue", "s3"]));
    expect(forwarded.filter(({ error }) => error)).toEqual([]);
  });

  test("needs nothing of the bot beyond the bot's generated role", () => {
    const identity = policiesOf(roleOf(roles, "jit-broker"));
    const own = world.aws.calls
      .query({ principalArn: "arn:aws:iam::111122223333:user/jit-broker" })
      .filter(({ operation }) => operation !== "CreateTable" && operation !== "GetCallerIdentity");
    const asked = own.flatMap(({ checks }) => checks);
    expect(asked.length).toBeGreaterThan(20);
    const refused = asked.filter(({ action, resource, context }) => {
      const { allowed } = evaluate({ identity }, { action, resource, context });
      return !allowed;
    });
    expect(refused.map(({ action, resource }) => `${action} ${resource}`)).toEqual([]);
  });
});
