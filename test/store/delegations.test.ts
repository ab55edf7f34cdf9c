import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Delegation } from "../../src/request/delegation.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { createTable } from "../../src/store/create-table.ts";
import { createDelegations } from "../../src/store/delegations.ts";
import type { Delegations } from "../../src/workflow/ports.ts";
import { approver2, later, lead, requester, T0 } from "../fixtures/a-request.ts";

const TABLE = "jit-requests-delegations";
let aws: AwsPeer;
let client: DynamoDBClient;
let delegations: Delegations;

beforeAll(async () => {
  aws = await startAws();
  client = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.broker });
  await createTable(client, TABLE);
  delegations = createDelegations(client, TABLE);
});

afterAll(async () => {
  client?.destroy();
  await aws?.[Symbol.asyncDispose]();
});

const of = (delegator: Delegation["delegator"], endsInSeconds = 3600): Delegation => ({
  delegator,
  delegate: requester,
  startsAt: T0.toISOString(),
  endsAt: later(endsInSeconds).toISOString(),
});

test("an approver has one delegation, the last that they said; it ends for them alone", async () => {
  expect(await delegations.all()).toEqual([]);
  await delegations.end(lead);
  await delegations.set(of(lead, 60), T0);
  await delegations.set(of(approver2), T0);
  await delegations.set(of(lead), T0);
  expect((await delegations.all()).toSorted(byDelegator)).toEqual([of(approver2), of(lead)]);
  await delegations.end(lead);
  expect(await delegations.all()).toEqual([of(approver2)]);
});

test("what is over is forgotten when somebody else goes away", async () => {
  await delegations.set(of(approver2, 60), T0);
  await delegations.set(of(lead), later(61));
  expect(await delegations.all()).toEqual([of(lead)]);
});

test("people who go away at once do not lose each other’s word", async () => {
  const people = Array.from({ length: 12 }, (_, at) => ({ ...lead, userId: `U0AWAY${at}` }));
  await delegations.set(of(approver2, 60), T0);
  await Promise.all(people.map((one) => delegations.set(of(one, 7200), later(61))));
  const kept = (await delegations.all()).map(({ delegator }) => delegator.userId);
  expect(people.every(({ userId }) => kept.includes(userId))).toBe(true);
});

function byDelegator(a: Delegation, b: Delegation): number {
  return a.delegator.userId.localeCompare(b.delegator.userId);
}
