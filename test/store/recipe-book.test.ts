import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { createTable } from "../../src/store/create-table.ts";
import { createRecipeBook } from "../../src/store/recipe-book.ts";
import type { RecipeBook } from "../../src/workflow/ports.ts";

const TABLE = "jit-requests-recipes";
const at = "2026-11-21T02:10:00.000Z";
const most = { runs: 4, until: "2026-12-01T00:00:00.000Z" };
let aws: AwsPeer;
let client: DynamoDBClient;
let book: RecipeBook;

beforeAll(async () => {
  aws = await startAws();
  client = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.broker });
  await createTable(client, TABLE);
  book = createRecipeBook(client, TABLE);
});

afterAll(async () => {
  client?.destroy();
  await aws?.[Symbol.asyncDispose]();
});

describe("the runs of a recipe", () => {
  test("are taken up to their number, exactly, however many come at once, each its own", async () => {
    const taking = Array.from({ length: 12 }, (_, no) => book.takeRun("R1", `REQUEST${no}`, most));
    const answers = await Promise.all(taking);
    expect(answers.filter((answer) => answer === "used-up")).toHaveLength(8);
    expect(new Set(answers)).toEqual(new Set([1, 2, 3, 4, "used-up"]));
    expect(await book.runsTaken("R1")).toBe(4);
  });

  test("are taken once for the same request, also when all are used", async () => {
    for (const request of ["A", "A", "B", "C", "D"]) await book.takeRun("R2", request, most);
    expect(await book.takeRun("R2", "A", most)).toBe(4);
    expect(await book.takeRun("R2", "E", most)).toBe("used-up");
    expect(await book.runsTaken("R3")).toBe(0);
  });
});

describe("the list of recipes", () => {
  test("has what was entered and not struck out, and no more than its number", async () => {
    const entries = ["one", "two"].map((runbook) => ({ runbook, requestId: `R-${runbook}`, at }));
    const [first, second] = entries;
    if (!first || !second) throw new Error("there are two");
    expect(await book.entries()).toEqual([]);
    expect(await book.enter(first, 2)).toBe("entered");
    expect(await book.enter(second, 2)).toBe("entered");
    expect(await book.enter(second, 2)).toBe("entered");
    expect(await book.enter({ ...second, requestId: "R-three" }, 2)).toBe("full");
    expect((await book.entries()).toSorted((a, b) => a.runbook.localeCompare(b.runbook))).toEqual(entries);
    await book.strike([]);
    await book.strike([first]);
    expect(await book.entries()).toEqual([second]);
  });
});
