import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requester } from "../fixtures/a-request.ts";
import { eventually } from "../fixtures/eventually.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { fillForm, PATIENCE } from "./acting.ts";
import { lastSubmissionOf, submitAgain } from "./forged.ts";

describe("a person who asks for very much at once", () => {
  const refusals: unknown[] = [];
  let world: World;

  beforeAll(async () => {
    const info = (message: string, fields?: Record<string, unknown>) =>
      void (message === "act refused" && refusals.push(fields?.["why"]));
    world = await aWorld({ overrides: { log: { ...silentLog, info } } });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("has ten open requests and never one more; the others are refused", async () => {
    await fillForm(world);
    const form = lastSubmissionOf(world.slack, requester.userId);
    await Promise.all(Array.from({ length: 24 }, () => submitAgain(world.slack, form, {})));
    await eventually(() => refusals.length === 15, PATIENCE.timeoutMs);
    expect(new Set(refusals)).toEqual(new Set(["too-many-open"]));
    const own = await world.store.ofPerson(requester, 100);
    expect(own.filter(({ state }) => state === "pending")).toHaveLength(10);
  });
});
