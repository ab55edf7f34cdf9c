import type { Runbook } from "../../src/runbook/runbook.ts";
import type { files } from "./fixture.ts";

type Break = (book: Runbook, all: ReturnType<typeof files>) => void;

/** The fixture as a write that breaks no rule: it sets a thing's state, once, from the state that was named. */
export function asWrite(book: Runbook): void {
  const thing = {
    type: "string" as const,
    title: "Thing",
    description: "Like T-1.",
    pattern: "^T-[0-9]{1,4}$",
    maxLength: 6,
    examples: ["T-1"],
  };
  book.metadata.riskLevel = "high";
  book.parameters.properties["thing"] = thing;
  book.parameters.required = ["owner", "thing"];
  delete book.parameters.properties["min_size"];
  book.approval.minRequiredApprovals = 2;
  book.grant = { kinds: ["single-run"], maxDurationMinutes: 15, maxRuns: 1 };
  book.steps = [
    {
      name: "park",
      action: "dynamodb:UpdateItem",
      beforeImage: "shown",
      request: {
        TableName: "things",
        Key: { owner_id: { S: { $param: "owner" } }, thing_id: { S: { $param: "thing" } } },
        UpdateExpression: "SET #state = :to",
        ConditionExpression: "attribute_exists(owner_id) AND #state = :from",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: { ":to": { S: "PARKED" }, ":from": { S: "LOST" } },
        ReturnValues: "UPDATED_NEW",
      },
    },
  ];
  book.output.columns = [
    { name: "state", title: "State", type: "string", classification: "internal", mask: "none" },
  ];
  const [first, second] = book.tests;
  if (!first || !second) throw new Error("the fixture has two tests");
  first.given = { parameters: { owner: "A-1234", thing: "T-1" } };
  first.expect = { valid: true, requests: [] };
  second.given = { parameters: { owner: "A-1", thing: "x" } };
  second.expect = { valid: false, errors: ["owner", "thing"] };
}

const write = (change: (request: Record<string, unknown>, book: Runbook) => void): Break => {
  return (book) => {
    asWrite(book);
    change(book.steps[0]?.request as unknown as Record<string, unknown>, book);
  };
};

export const brokenWrites: Record<string, [string, Break, RegExp][]> = {
  DDB08: [
    [
      "a write without a condition",
      write((r) => delete r["ConditionExpression"]),
      /a write has a ConditionExpression/,
    ],
    [
      "a write that could create an item",
      write((r) => (r["ConditionExpression"] = "#state = :from")),
      /without attribute_exists\(owner_id\)/,
    ],
    [
      "a write whose condition it does not end",
      write((r) => {
        r["ConditionExpression"] = "attribute_exists(owner_id) AND changed_at < :from";
      }),
      /could be written again/,
    ],
    [
      "a condition that an OR opens",
      write(
        (r) => (r["ConditionExpression"] = "attribute_exists(owner_id) AND (#state = :from OR #state = :to)"),
      ),
      /could be written again/,
    ],
  ],
  DDB09: [["a write that returns the item", write((r) => (r["ReturnValues"] = "ALL_NEW")), /UPDATED_NEW/]],
  DDB10: [
    [
      "a write of one approval",
      write((_, book) => (book.approval.minRequiredApprovals = 1)),
      /should need 2 approvals/,
    ],
  ],
  DDB11: [
    [
      "a write of a key",
      write((r) => (r["UpdateExpression"] = "SET #state = :to, thing_id = :from")),
      /key attribute and can't be changed/,
    ],
    [
      "placeholders of ours",
      write((r) => {
        r["UpdateExpression"] = "SET #before_1 = :to";
        r["ConditionExpression"] = "attribute_exists(owner_id) AND #before_1 = :from";
        r["ExpressionAttributeNames"] = { "#before_1": "state" };
      }),
      /are ours/,
    ],
  ],
  DDB19: [
    [
      "a write in a window",
      write((_, book) => (book.grant = { kinds: ["window"], maxDurationMinutes: 15, maxRuns: 3 })),
      /a window would repeat it/,
    ],
    ["a write of low risk", write((_, book) => (book.metadata.riskLevel = "medium")), /write high/],
  ],
  DDB20: [
    [
      "a way back for a read",
      (book) => (book.rollback = { runbook: "things-by-owner", inputs: {} }),
      /only a write whose beforeImage is shown/,
    ],
    [
      "a way back to nowhere",
      write((_, book) => (book.rollback = { runbook: "things-unpark", inputs: {} })),
      /no other runbook "things-unpark"/,
    ],
    [
      "a way back from what is not seen",
      write(
        (_, book) => (book.rollback = { runbook: "things-unpark", inputs: { size: { $before: "size" } } }),
      ),
      /"size" is no attribute of the write/,
    ],
  ],
  DDB21: [
    [
      "a binary attribute",
      (book, all) => {
        asWrite(book);
        const things = all["datasources.yml"].datasources["things"];
        if (things?.service === "dynamodb")
          things.attributes["state"] = { classification: "internal", type: "B" };
      },
      /state is binary/,
    ],
  ],
};
