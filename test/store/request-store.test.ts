import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancel } from "../../src/request/close.ts";
import type { Request } from "../../src/request/request.ts";
import { castVote } from "../../src/request/vote.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { createTable } from "../../src/store/create-table.ts";
import { keys } from "../../src/store/keys.ts";
import { strings } from "../../src/store/marshal.ts";
import { createRequestStore } from "../../src/store/request-store.ts";
import type { RequestStore } from "../../src/workflow/ports.ts";
import { approver2, aRequest, later, lead, requester } from "../fixtures/a-request.ts";

const policy = { rule: "test", count: 1 };
let aws: AwsPeer;
let client: DynamoDBClient;
let store: RequestStore;
let next = 0;

beforeAll(async () => {
  aws = await startAws();
  client = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.broker });
  expect(await createTable(client, "jit-requests-store")).toBe("created");
  expect(await createTable(client, "jit-requests-store")).toBe("exists");
  store = createRequestStore(client, "jit-requests-store");
});

afterAll(async () => {
  client?.destroy();
  await aws?.[Symbol.asyncDispose]();
});

async function stored(): Promise<Request> {
  const request = aRequest({ id: `R${String(++next).padStart(16, "0")}` });
  await store.create(request);
  return request;
}

describe("the request store", () => {
  test("a request comes back exactly as it was written, hostile text included", async () => {
    const reason = 'x\u202e <!channel> `"\\\n${aws:userid} \u0000 ✅ Approved by @lead';
    const request = aRequest({ id: "RHOSTILE000000001", reason });
    expect(await store.create(request)).toBe("created");
    expect((await store.get(request.id))?.request).toEqual(request);
  });

  test("the same submission twice is one request, and the first one stays", async () => {
    const request = await stored();
    expect(await store.create({ ...request, reason: "another" })).toBe("exists");
    expect((await store.get(request.id))?.request.reason).toBe(request.reason);
  });

  test("of two votes at the same moment one decides and the other is told so", async () => {
    const { id } = await stored();
    const vote = (by: typeof lead) =>
      store.change(id, (request) => castVote(request, { by, decision: "approve" }, policy, later(1)));
    const outcomes = await Promise.all([vote(lead), vote(approver2)]);
    expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual(["changed", "refused"]);
    const { request } = (await store.get(id)) ?? {};
    expect(request?.votes).toHaveLength(1);
    expect(request?.runs).toHaveLength(1);
  });

  test("a refused decision writes nothing", async () => {
    const { id } = await stored();
    const before = await store.get(id);
    expect(await store.change(id, (request) => cancel(request, lead, later(1)))).toMatchObject({
      status: "refused",
    });
    expect(await store.get(id)).toEqual(before);
    expect(await store.change("RNONE", (request) => cancel(request, lead, later(1)))).toEqual({
      status: "not-found",
    });
  });

  test("heartbeats and projection cursors never touch the document's version", async () => {
    const { id } = await stored();
    expect(await store.heartbeat(id, { worker: "w", run: 1, at: later(1).toISOString() })).toBe("pending");
    expect(await store.heartbeat("RNONE", { worker: "w", run: 1, at: later(1).toISOString() })).toBe(
      "not-found",
    );
    const projection = { shownVersion: 0, copies: [], toldSeq: 3 };
    expect(await store.saveProjection(id, projection, 0)).toBe("saved");
    expect(await store.saveProjection(id, projection, 0)).toBe("conflict");
    expect(await store.get(id)).toMatchObject({ version: 1, projection, projectionRevision: 1 });
  });

  test("an open request is due until its copies are up to date, then when its own time comes; a closed one rests", async () => {
    const request = await stored();
    const soon = later(16).toISOString();
    expect(await store.due(later(14).toISOString(), 1000)).not.toContain(request.id);
    expect(await store.due(soon, 1000)).toContain(request.id);
    await store.saveProjection(request.id, { shownVersion: 1, copies: [], toldSeq: 0 }, 0);
    expect(await store.due(soon, 1000)).not.toContain(request.id);
    expect(await store.due(request.lapsesAt, 1000)).toContain(request.id);

    await store.change(request.id, (current) => cancel(current, requester, later(20)));
    expect(await store.due(later(36).toISOString(), 1000)).toContain(request.id);
    await store.saveProjection(request.id, { shownVersion: 2, copies: [], toldSeq: 1 }, 1);
    expect(await store.due(later(1e8).toISOString(), 1000)).not.toContain(request.id);
  });

  test("a person's requests come newest first, and nobody else's", async () => {
    const mine = { teamId: "T0SANDBOX", userId: "U0ENGINEER" };
    for (const [id, at] of [
      ["RMINE000000000001", "2026-11-21T02:00:00.000Z"],
      ["RMINE000000000002", "2026-11-21T03:00:00.000Z"],
    ] as const) {
      await store.create({ ...aRequest({ id }), requester: mine, createdAt: at });
    }
    const found = await store.ofPerson(mine, 10);
    expect(found.map((request) => request.id)).toEqual(["RMINE000000000002", "RMINE000000000001"]);
    expect(await store.ofPerson(mine, 1)).toHaveLength(1);
  });

  test("a stand-alone fact is written once", async () => {
    const fact = {
      id: "one",
      at: later(1).toISOString(),
      actor: lead,
      type: "act.refused" as const,
      act: "approve request",
      why: "own-request",
    };
    await store.recordFact(fact);
    await store.recordFact({ ...fact, why: "changed" });
    const key = strings(keys.fact(fact.at, fact.id));
    const { Item } = await client.send(new GetItemCommand({ TableName: "jit-requests-store", Key: key }));
    expect(JSON.parse(Item?.["doc"]?.S ?? "{}")).toMatchObject({ why: "own-request" });
  });
});
