import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancel } from "../../src/request/close.ts";
import type { Request } from "../../src/request/request.ts";
import { finishRun, settleResult, startRun } from "../../src/request/run.ts";
import { castVote } from "../../src/request/vote.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { createTable } from "../../src/store/create-table.ts";
import { keys } from "../../src/store/keys.ts";
import { strings } from "../../src/store/marshal.ts";
import { createRequestStore } from "../../src/store/request-store.ts";
import type { RequestStore } from "../../src/workflow/ports.ts";
import { approver2, aRequest, later, lead, requester } from "../fixtures/a-request.ts";

const policy = { rule: "test", count: 1 };
const result = {
  rows: 1,
  bytes: 10,
  sha256: "0",
  pages: 1,
  itemsScanned: 1,
  capacityUnits: 0.5,
  durationMs: 12,
};
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

async function running(): Promise<Request> {
  const { id } = await stored();
  await store.change(id, (request) => castVote(request, { by: lead, decision: "approve" }, policy, later(1)));
  const outcome = await store.change(id, (request) => startRun(request, 1, "w", later(2)));
  if (outcome.status !== "changed") throw new Error(outcome.status);
  return outcome.request;
}

function beatOf(worker: string, run: number, seconds: number) {
  return { worker, run, at: later(seconds).toISOString() };
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
    const { id } = await running();
    const before = await store.get(id);
    expect(await store.heartbeat(id, beatOf("w", 1, 3))).toBe("active");
    const projection = { shownVersion: 0, copies: [], toldSeq: 3 };
    expect(await store.saveProjection(id, projection, 0)).toBe("saved");
    expect(await store.saveProjection(id, projection, 0)).toBe("conflict");
    expect(await store.get(id)).toMatchObject({
      version: before?.version,
      heartbeat: { worker: "w", run: 1 },
      beats: { 1: later(3).toISOString() },
      projection,
      projectionRevision: 1,
    });
  });

  test("only the worker that has the run can say that it is alive, until its rows are settled", async () => {
    const { id } = await running();
    expect(await store.heartbeat("RNONE", beatOf("w", 1, 3))).toBe("not-found");
    expect(await store.heartbeat(id, beatOf("another", 1, 3))).toBe("not-yours");
    expect(await store.heartbeat(id, beatOf("w", 2, 3))).toBe("not-yours");
    expect((await store.get(id))?.beats).toEqual({});

    await store.change(id, (request) => finishRun(request, 1, { event: "succeed", result }, "w", later(4)));
    expect(await store.heartbeat(id, beatOf("w", 1, 5))).toBe("active");
    const lost = { status: "lost", at: later(6).toISOString(), why: "" } as const;
    await store.change(id, (request) => settleResult(request, 1, lost, later(6)));
    expect(await store.heartbeat(id, beatOf("w", 1, 7))).toBe("not-yours");
    expect((await store.get(id))?.beats).toEqual({ 1: later(5).toISOString() });
  });

  test("a next look is moved only for the version that was looked at", async () => {
    const { id } = await stored();
    expect(await store.lookAgain(id, 1, later(500).toISOString())).toBe(true);
    expect(await store.due(later(499).toISOString(), 1000)).not.toContain(id);
    expect(await store.due(later(500).toISOString(), 1000)).toContain(id);
    await store.change(id, (current) => cancel(current, requester, later(20)));
    expect(await store.lookAgain(id, 1, undefined)).toBe(false);
    expect(await store.due(later(36).toISOString(), 1000)).toContain(id);
    expect(await store.lookAgain(id, 2, undefined)).toBe(true);
    expect(await store.due(later(1e8).toISOString(), 1000)).not.toContain(id);
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

  test("a stand-alone fact is written once, and counted when it comes again", async () => {
    const fact = {
      id: "one",
      at: later(1).toISOString(),
      actor: lead,
      type: "act.refused" as const,
      act: "approve request",
      why: "own-request",
    };
    await store.recordFact(fact);
    await store.recordFact({ ...fact, at: later(9).toISOString(), why: "changed" });
    const key = strings(keys.fact(fact.at, fact.id));
    const { Item } = await client.send(new GetItemCommand({ TableName: "jit-requests-store", Key: key }));
    expect(JSON.parse(Item?.["doc"]?.S ?? "{}")).toEqual(fact);
    expect(Item).toMatchObject({ times: { N: "2" }, lastAt: { S: later(9).toISOString() } });
  });
});
