import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { createAllowances } from "../../src/store/allowances.ts";
import { createTable } from "../../src/store/create-table.ts";
import type { Allowances, Amounts } from "../../src/workflow/ports.ts";

const TABLE = "jit-requests-allowances";
const DAY = "2026-11-21";
let aws: AwsPeer;
let client: DynamoDBClient;
let allowances: Allowances;
let next = 0;

beforeAll(async () => {
  aws = await startAws();
  client = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.broker });
  await createTable(client, TABLE);
  allowances = createAllowances(client, TABLE);
});

afterAll(async () => {
  client?.destroy();
  await aws?.[Symbol.asyncDispose]();
});

const nextKey = () => `oncall#U0PERSON${++next}`;
const one: Amounts = { requests: 1, rows: 10, bytes: 1_000 };

describe("what a rule approved of one person on one day", () => {
  test("is taken up to its maximum, exactly, however many come at once", async () => {
    const key = nextKey();
    const taking = Array.from({ length: 12 }, () => allowances.takeAllowance(key, DAY, one, { requests: 5 }));
    const answers = await Promise.all(taking);
    expect(answers.filter((answer) => answer === "taken")).toHaveLength(5);
  });

  test("is all or nothing: rows that do not fit take no request either", async () => {
    const key = nextKey();
    const max = { requests: 5, rows: 25 };
    expect(await allowances.takeAllowance(key, DAY, one, max)).toBe("taken");
    expect(await allowances.takeAllowance(key, DAY, { ...one, rows: 20 }, max)).toBe("exhausted");
    expect(await allowances.takeAllowance(key, DAY, one, max)).toBe("taken");
    expect(await allowances.takeAllowance(key, DAY, one, max)).toBe("exhausted");
    expect(await allowances.takeAllowance(nextKey(), DAY, { ...one, bytes: 11 }, { bytes: 10 })).toBe(
      "exhausted",
    );
  });

  test("is another day's and another person's own", async () => {
    const key = nextKey();
    expect(await allowances.takeAllowance(key, DAY, one, { requests: 1 })).toBe("taken");
    expect(await allowances.takeAllowance(key, DAY, one, { requests: 1 })).toBe("exhausted");
    expect(await allowances.takeAllowance(key, "2026-11-22", one, { requests: 1 })).toBe("taken");
    expect(await allowances.takeAllowance(nextKey(), DAY, one, { requests: 1 })).toBe("taken");
  });

  test("says what was taken of a day, and nothing taken of another", async () => {
    const key = nextKey();
    await allowances.takeAllowance(key, DAY, { requests: 1, rows: 7, bytes: 9 }, { requests: 5 });
    await allowances.takeAllowance(key, DAY, { requests: 1, rows: 2, bytes: 1 }, { requests: 5 });
    expect(await allowances.taken(key, DAY)).toEqual({ requests: 2, rows: 9, bytes: 10 });
    expect(await allowances.taken(key, "2026-11-22")).toEqual({ requests: 0, rows: 0, bytes: 0 });
  });
});
