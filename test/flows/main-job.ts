import { DynamoDBClient, type QueryCommandInput, QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findBreak } from "../../src/request/audit-event.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  APPROVALS,
  approve,
  ask,
  type Asked,
  cardSays,
  dataCalls,
  inThread,
  PATIENCE,
  sessionsOf,
  stored,
} from "./acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

/** The main job over one transport; a thief follows its session from birth to end. */
export function mainJob(transport: "socket" | "http"): void {
  describe(`a request over ${transport}`, () => {
    let copies: RunbookCopies;
    let world: World;
    let asked: Asked;
    let query: QueryCommandInput;
    let thief: DynamoDBClient;

    beforeAll(async () => {
      copies = await runbookCopies({
        "orders-stuck-by-status.yml": (text) => text.replace("timeoutSeconds: 20", "timeoutSeconds: 1"),
      });
      world = await aWorld({ transport, runbooksDir: copies.dir });
      const cutOff = world.orders.stuck.since.getTime() + 15 * 60_000;
      asked = await ask(world, {
        runbook: "orders-stuck-by-status",
        fields: { Status: "PAID", "In this status since before (UTC)": Math.floor(cutOff / 1000) },
      });
    });
    afterAll(async () => {
      thief?.destroy();
      await world?.[Symbol.asyncDispose]();
      await copies?.[Symbol.asyncDispose]();
    });

    test("opens nothing before it is approved, and runs by one click", async () => {
      expect(sessionsOf(world, asked.requestId)).toEqual([]);
      const clicked = await approve(world, asked);
      expect(clicked.status).toBe("ok");
      const result = await inThread(world, asked, "How to read this");
      expect(result.rendered).toContain(`${world.orders.stuck.orderIds.length} orders`);
    });

    test("brings the rows to the requester and to nobody else", async () => {
      const rows = await world.slack.as("oncall").waitForMessage("dm", "Only you see these rows", PATIENCE);
      for (const id of world.orders.stuck.orderIds) expect(rows.rendered).toContain(id);
      await inThread(world, asked, "went to");
      const others = ["lead", "approver2", "engineer"].flatMap((role) =>
        world.slack.as(role).directMessages(),
      );
      const open = [
        ...others,
        ...world.slack.as("lead").messages(APPROVALS),
        ...world.slack.as("lead").thread(APPROVALS, asked.card.ts),
      ];
      for (const { rendered } of open)
        for (const id of world.orders.stuck.orderIds) expect(rendered).not.toContain(id);
    });

    test("makes one session, tied to the request, its requester and its runbook, with a policy that STS takes", () => {
      const [session, ...more] = sessionsOf(world, asked.requestId);
      expect(more).toEqual([]);
      const call = session?.request as Record<string, unknown>;
      expect(JSON.stringify(call)).toContain("900");
      expect(String(call["Policy"]).length).toBeLessThanOrEqual(2_048);
      expect(call).toMatchObject({
        RoleSessionName: `jit-${asked.requestId}-1`,
        SourceIdentity: "T0SANDBOX.U0ONCALL",
      });
      expect(session?.issued?.tags).toEqual({
        grant: asked.requestId,
        runbook: "orders-stuck-by-status",
        version: "1.0.0",
      });
    });

    test("reads once, what the card showed", async () => {
      const calls = dataCalls(world, asked.requestId);
      expect(calls.map(({ operation, access }) => `${operation} ${access}`)).toEqual(["Query allowed"]);
      query = calls[0]?.request as QueryCommandInput;
      const { request } = await stored(world, asked.requestId);
      expect(query).toMatchObject(request.plan.calls[0]?.request ?? {});
      expect(calls[0]?.userAgent).toContain(asked.requestId);
    });

    test("gives a thief of its credentials nothing but the approved query", async () => {
      const keys = world.aws.stolenKeys(sessionsOf(world, asked.requestId)[0]?.issued?.accessKeyId ?? "");
      expect(keys).toBeDefined();
      if (!keys) return;
      thief = new DynamoDBClient({
        endpoint: world.aws.url,
        region: world.aws.region,
        credentials: keys,
        maxAttempts: 1,
      });
      const values = { ...query.ExpressionAttributeValues, ":status": { S: "SHIPPED" } };
      const others = [
        new QueryCommand({ ...query, ExpressionAttributeValues: values }),
        new QueryCommand({ ...query, ProjectionExpression: `${query.ProjectionExpression}, email` }),
        new QueryCommand({ ...query, ProjectionExpression: undefined, Select: "ALL_PROJECTED_ATTRIBUTES" }),
        new QueryCommand({
          ...query,
          IndexName: "gsi-customer",
          KeyConditionExpression: "customer_id = :customer",
          ExpressionAttributeNames: { "#status": "status" },
          ExpressionAttributeValues: { ":customer": { S: "PAID" } },
        }),
        new QueryCommand({
          ...query,
          IndexName: undefined,
          KeyConditionExpression: "order_id = :id",
          ExpressionAttributeValues: { ":id": { S: "PAID" } },
        }),
      ];
      await expect(thief.send(new QueryCommand(query))).resolves.toMatchObject({
        Count: world.orders.stuck.orderIds.length,
      });
      for (const other of others)
        await expect(thief.send(other)).rejects.toMatchObject({ name: "AccessDeniedException" });
      await expect(thief.send(new ScanCommand({ TableName: "orders" }))).rejects.toMatchObject({
        name: "AccessDeniedException",
      });
    });

    test("ends by itself: AWS refuses its own credentials, and only then it is called ended (field failure 36)", async () => {
      await cardSays(world, asked, "Access is ending");
      const end = await inThread(world, asked, "Access ended");
      expect(end.rendered).toContain("denied by AWS");
      const { request } = await stored(world, asked.requestId, ({ request: now }) => now.state === "revoked");
      expect(request.runs[0]?.lease?.end?.proof).toBe("probe-denied");
      expect(request.revocation).toMatchObject({ cause: "completed" });
      await expect(thief.send(new QueryCommand(query))).rejects.toMatchObject({
        name: "AccessDeniedException",
      });
      const card = await cardSays(world, asked, "Access ended");
      expect(card.rendered).not.toContain("[Approve]");
      expect(card.rendered).not.toContain("[Revoke");
    });

    test("leaves an unbroken chain of what happened, told by those who did it (field failure 12)", async () => {
      const { request } = await stored(world, asked.requestId);
      expect(findBreak(request.id, request.events)).toBeUndefined();
      expect(request.events.map(({ fact, actor }) => `${fact.type} ${actor.kind}`)).toEqual([
        "request.submitted person",
        "vote.approved person",
        "request.approved system",
        "run.queued system",
        "run.started worker",
        "lease.issued worker",
        "run.succeeded worker",
        "revocation.started system",
        "result.settled system",
        "lease.ended system",
        "access.revoked system",
      ]);
    });
  });
}
