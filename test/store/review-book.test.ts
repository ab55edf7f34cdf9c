import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { createTable } from "../../src/store/create-table.ts";
import { createReviewBook } from "../../src/store/review-book.ts";
import { lead, requester } from "../fixtures/a-request.ts";

let aws: AwsPeer;
let client: DynamoDBClient;

beforeAll(async () => {
  aws = await startAws();
  client = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.broker });
  await createTable(client, "jit-requests-reviews");
});
afterAll(async () => {
  client?.destroy();
  await aws?.[Symbol.asyncDispose]();
});

test("reviews are owed for a person, whatever workspace they act in, until they are settled", async () => {
  const book = createReviewBook(client, "jit-requests-reviews");
  expect(await book.owed(requester)).toEqual([]);
  await book.owe(requester, "R1");
  await book.owe({ ...requester, teamId: "T0SECOND" }, "R2");
  await book.owe(requester, "R1");
  expect((await book.owed(requester)).toSorted()).toEqual(["R1", "R2"]);
  expect(await book.owed(lead)).toEqual([]);
  await book.settle(requester, ["R1", "R3"]);
  expect(await book.owed(requester)).toEqual(["R2"]);
  await book.settle(requester, ["R2"]);
  await book.settle(requester, []);
  expect(await book.owed(requester)).toEqual([]);
});
