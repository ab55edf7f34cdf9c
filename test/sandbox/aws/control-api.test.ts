import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { GetItemCommand, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { controlRoutes } from "../../../src/sandbox/aws/control-routes.ts";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { dynamoDbOf, seedFew } from "./clients.ts";

let aws: AwsPeer;
beforeAll(async () => {
  aws = await startAws();
  await seedFew(aws);
});
afterAll(() => aws[Symbol.asyncDispose]());

async function control(method: string, path: string, body?: unknown, token = aws.controlToken) {
  const response = await fetch(`${aws.controlUrl}/control${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("nothing is told without the token", async () => {
  expect(await control("GET", "/calls", undefined, "guess")).toMatchObject({ status: 401 });
});

test("a request that names another host is refused, token or not", async () => {
  const status = await new Promise((resolve, reject) => {
    httpRequest(`${aws.controlUrl}/control`, {
      headers: { host: "rebound.example.com", authorization: `Bearer ${aws.controlToken}` },
    })
      .on("response", (res) => resolve(res.resume().statusCode))
      .on("error", reject)
      .end();
  });
  expect(status).toBe(403);
});

test("it says where AWS is, without any key", async () => {
  const { body } = await control("GET", "");
  expect(body).toMatchObject({ url: aws.url, account: "111122223333", externalId: aws.externalId });
  expect(JSON.stringify(body)).not.toContain(aws.operator.secretAccessKey);
});

test("calls are listed by filter", async () => {
  await dynamoDbOf(aws, aws.broker)
    .send(new ListTablesCommand())
    .catch(() => {});
  const { body } = await control("GET", "/calls?operation=ListTables&access=denied&limit=1");
  expect(body).toMatchObject({ calls: [{ operation: "ListTables", access: "denied" }] });
});

test("a call can be waited for", async () => {
  const last = aws.calls.query().at(-1)?.id ?? 0;
  const waiting = control(
    "GET",
    `/calls/wait?operation=ListTables&access=allowed&after=${last}&deadlineMs=3000`,
  );
  await dynamoDbOf(aws, aws.operator).send(new ListTablesCommand({ Limit: 7 }));
  expect((await waiting).body).toMatchObject({ call: { request: { Limit: 7 } } });
});

test("waiting in vain ends with what came instead", async () => {
  expect(await control("GET", "/calls/wait?operation=Nothing&deadlineMs=10")).toMatchObject({
    status: 408,
    body: { error: expect.stringContaining("No such AWS call within 10 ms") },
  });
});

test("a wrong path is answered with the right ones", async () => {
  expect(await control("GET", "/nothing")).toMatchObject({
    status: 404,
    body: { error: expect.stringContaining("POST /control/faults") },
  });
});

test("faults are set, listed and cleared", async () => {
  const { body } = await control("POST", "/faults", {
    service: "dynamodb",
    operation: "ListTables",
    times: 1,
    effect: { kind: "throttle" },
  });
  expect((await control("GET", "/faults")).body).toMatchObject({ faults: [{ id: body["id"], times: 1 }] });
  await expect(dynamoDbOf(aws, aws.operator).send(new ListTablesCommand())).rejects.toThrow("Rate exceeded");
  const { body: second } = await control("POST", "/faults", { effect: { kind: "latency", latencyMs: 1 } });
  await control("DELETE", `/faults/${String(second["id"])}`);
  expect((await control("GET", "/faults")).body).toEqual({ faults: [] });
});

test("a fault that isn't one is refused with what is wrong", async () => {
  const { status, body } = await control("POST", "/faults", { effect: { kind: "explode" } });
  expect(status).toBe(400);
  expect(body["error"]).toContain("effect.kind");
  expect(await control("POST", "/faults", "{")).toMatchObject({
    status: 400,
    body: { error: "The body isn't JSON." },
  });
});

test("AWS goes down and up while the control API stays", async () => {
  await control("POST", "/down");
  await expect(dynamoDbOf(aws, aws.operator).send(new ListTablesCommand())).rejects.toMatchObject({
    code: "ECONNRESET",
  });
  await control("POST", "/up");
  await expect(dynamoDbOf(aws, aws.operator).send(new ListTablesCommand())).resolves.toBeDefined();
});

test("the clock moves", async () => {
  const { body } = await control("POST", "/clock", { advanceMs: 60_000 });
  expect(body).toMatchObject({ offsetMs: 60_000 });
  expect(aws.clock.now().getTime() - Date.now()).toBeGreaterThan(59_000);
  aws.clock.advance(-60_000);
});

test("items are put past IAM, checked as DynamoDB checks them", async () => {
  const items = [
    { order_id: { S: "O-500" }, status: { S: "PAID" }, updated_at: { S: "2026-11-21T02:00:00Z" } },
  ];
  expect(await control("POST", "/items", { table: "orders", items })).toMatchObject({ body: { put: 1 } });
  await expect(
    dynamoDbOf(aws, aws.operator).send(
      new GetItemCommand({ TableName: "orders", Key: { order_id: { S: "O-500" } } }),
    ),
  ).resolves.toMatchObject({ Item: items[0] });
  expect(
    await control("POST", "/items", { table: "orders", items: [{ status: { S: "PAID" } }] }),
  ).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("ValidationException") },
  });
});

test("every route is in the documentation", async () => {
  const page = await readFile("docs/sandbox-aws.md", "utf8");
  // There `$AWS` is the address with `/control` at its end.
  const paths = Object.keys(controlRoutes).map(
    (route) => route.split(" ")[1]?.replace("/:id", "").replace("/control", "$AWS") ?? "",
  );
  expect(paths.filter((path) => !page.includes(path))).toEqual([]);
});
