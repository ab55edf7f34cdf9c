import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { approve, ask, cardSays, inThread, PATIENCE, stored } from "./acting.ts";
import { movableClock } from "./movable-clock.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

describe("rows that are many", () => {
  const clock = movableClock();
  let copies: RunbookCopies;
  let world: World;
  const shipped = {
    runbook: "orders-stuck-by-status",
    fields: { Status: "SHIPPED", "In this status since before (UTC)": Math.floor(Date.now() / 1000) },
  };

  beforeAll(async () => {
    copies = await runbookCopies();
    world = await aWorld({
      runbooksDir: copies.dir,
      overrides: { clock, sweepEveryMs: 200 },
      config: { auditChannel: "C0AUDIT" },
    });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("come as a CSV file under our name, with formulas disarmed, said to be truncated, and are gone at the end (field failure 34)", async () => {
    const operator = new DynamoDBClient({
      endpoint: world.aws.url,
      region: world.aws.region,
      credentials: world.aws.operator,
    });
    const oldest = "2000-01-01T00:00:00Z";
    await operator.send(
      new UpdateItemCommand({
        TableName: "orders",
        Key: { order_id: { S: world.orders.knownOrder.order_id } },
        UpdateExpression: "SET #s = :shipped, updated_at = :oldest, country = :formula",
        ExpressionAttributeNames: { "#s": "status" },
        ExpressionAttributeValues: {
          ":shipped": { S: "SHIPPED" },
          ":oldest": { S: oldest },
          ":formula": { S: '=HYPERLINK("https://evil.example")' },
        },
      }),
    );
    operator.destroy();
    const asked = await ask(world, shipped);
    await approve(world, asked);
    const result = await inThread(world, asked, "✔");
    expect(result.rendered).toMatch(/truncated/i);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.delivery !== undefined,
    );
    const [run] = request.runs;
    expect(run?.delivery).toMatchObject({ status: "delivered", as: "file" });
    expect(run?.result).toMatchObject({ rows: 100, truncatedBy: "maxRows" });

    const oncall = world.slack.as("oncall");
    const [file] = oncall.directMessages().flatMap(({ files }) => files);
    const { name, content } = oncall.download(file?.id ?? "");
    expect(name).toBe(`jit_${asked.requestId}_1.csv`);
    expect(content.toString()).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
    expect(content.toString().split("\r\n")).toHaveLength(102);
    expect(createHash("sha256").update(content).digest("hex")).toBe(run?.result?.sha256);
    for (const role of ["lead", "engineer"])
      expect(() => world.slack.as(role).download(file?.id ?? "")).toThrow("there is no file");

    clock.advance(16 * 60_000);
    await inThread(world, asked, "taken out of Slack");
    expect(() => oncall.download(file?.id ?? "")).toThrow("there is no file");
    expect((await stored(world, asked.requestId)).request.runs[0]?.delivery).toHaveProperty("removedAt");
  });

  test("that Slack refuses to give up are never said to be gone: the thread and the audit channel name them, and they go when Slack lets them", async () => {
    const asked = await ask(world, shipped);
    await approve(world, asked);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.delivery !== undefined,
    );
    expect(request.runs[0]?.delivery).toMatchObject({ status: "delivered", as: "file" });
    const oncall = world.slack.as("oncall");
    const file = oncall
      .directMessages()
      .flatMap(({ files }) => files)
      .find(({ name }) => name.includes(asked.requestId));
    world.slack.faults.failCall("files.delete", "cant_delete_file", { times: 1_000 });

    clock.advance(16 * 60_000);
    const told = await inThread(world, asked, "still stands there");
    expect(told.rendered).toContain("the file with the rows of run 1");
    expect(told.rendered).toContain("cant_delete_file");
    await world.slack
      .as("lead")
      .waitForMessage(
        "#jit-audit",
        (text) => text.includes(asked.requestId) && text.includes("refuses to remove rows"),
        PATIENCE,
      );
    const standing = await stored(world, asked.requestId);
    expect(standing.request.runs[0]?.delivery).not.toHaveProperty("removedAt");
    expect(oncall.download(file?.id ?? "").content.length).toBeGreaterThan(0);
    const says = oncall.directMessages().map(({ rendered }) => rendered);
    expect(says.filter((text) => text.includes("Rows removed") && text.includes(asked.requestId))).toEqual(
      [],
    );

    world.slack.faults.clear();
    const gone = await stored(world, asked.requestId, (now) => {
      clock.advance(1_000);
      const [run] = now.request.runs;
      return run?.delivery?.status === "delivered" && run.delivery.removedAt !== undefined;
    });
    expect(gone.request.events.filter(({ fact }) => fact.type === "result.stuck")).toHaveLength(1);
    expect(() => oncall.download(file?.id ?? "")).toThrow("there is no file");
  });

  test("nothing found is an answer too", async () => {
    const asked = await ask(world, { runbook: "orders-pair", fields: { "First order": "O-99999999" } });
    await approve(world, asked);
    const result = await inThread(world, asked, "✔");
    expect(result.rendered).toContain("Neither order exists.");
    await cardSays(world, asked, "0 orders");
  });
});
