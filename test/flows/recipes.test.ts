import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  APPROVALS,
  approve,
  ask,
  type Asked,
  cardSays,
  dataCalls,
  INCIDENTS,
  inThread,
  nextReason,
  PATIENCE,
  refusalFacts,
  requestIdIn,
  stored,
  toldPrivately,
} from "./acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const lastDay = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe("recipes", () => {
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies();
    world = await aWorld({ runbooksDir: copies.dir });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("x", async () => {
    const person = world.slack.as("oncall");
    await person.command("/jit recipe request orders-by-id", { channel: INCIDENTS });
    const form = await person.waitForView("Send recipe", PATIENCE);
    console.log(form.rendered);
    const reason = nextReason();
    const out = await person
      .fill(form, {
        "Order number": "O-00000001\nO-00000002",
        "People who may use it": ["oncall", "engineer"],
        "How many runs": 2,
        "Last day": lastDay(5),
        Reason: reason,
      })
      .submit();
    console.log(out);
    const card = await world.slack.as("lead").waitForMessage(APPROVALS, reason, PATIENCE);
    console.log(card.rendered);
    const asked = { card, requestId: requestIdIn(card.rendered), reason };
    await approve(world, asked);
    const told = await inThread(world, asked, "in force");
    console.log(told.rendered);
    console.log((await cardSays(world, asked, "In force")).rendered);
    const use = await ask(world);
    console.log((await inThread(world, use, "✔")).rendered);
    console.log((await cardSays(world, use, "run 1 of 2")).rendered);
    console.log(await toldPrivately(person, () => person.command("/jit recipes", { channel: INCIDENTS })));
    const other = await ask(world, { fields: { "Order number": "O-00000003" } });
    console.log(other.card.rendered);
  });
});
