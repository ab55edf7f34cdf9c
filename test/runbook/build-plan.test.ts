import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRequest } from "../../src/dynamodb/read-request.ts";
import { buildPlan } from "../../src/runbook/build-plan.ts";
import { digest } from "../../src/runbook/digest.ts";
import type { InputValue } from "../../src/runbook/inputs.ts";
import type { PlanDraft } from "../../src/runbook/plan.ts";
import { planSentences } from "../../src/runbook/plan-sentences.ts";
import type { Runbook } from "../../src/runbook/runbook.ts";
import { files, load, runbook } from "./fixture.ts";

const createdAt = new Date("2026-11-21T02:10:00.123Z");

async function planOf(
  book: Runbook,
  inputs: Record<string, InputValue>,
  change: Partial<Parameters<typeof buildPlan>[0]> = {},
): Promise<PlanDraft> {
  const { catalogue, errors } = await load({ ...files(), "things-by-owner.yml": book });
  const loaded = catalogue?.runbooks.get("things-by-owner");
  const dataSource = catalogue?.dataSources.get("things");
  if (!loaded || !dataSource) throw new Error(errors.join("\n"));
  return buildPlan({
    runbook: loaded,
    dataSource,
    inputs,
    requestId: "R1",
    requester: { teamId: "T1", userId: "U1" },
    grant: { kind: "single-run", durationMinutes: 15, maxRuns: 1 },
    createdAt,
    ...change,
  });
}

describe("a plan", () => {
  test("holds everything that a run will do", async () => {
    const plan = await planOf(runbook(), { owner: "A-1234" });
    expect(plan).toMatchObject({
      format: 1,
      requestId: "R1",
      runbook: { name: "things-by-owner", version: "1.0.0", riskLevel: "low" },
      parameters: [
        { name: "owner", title: "Owner" },
        { name: "min_size", title: "Size at least" },
      ],
      inputs: { owner: "A-1234" },
      derived: {},
      sensitive: [],
      target: {
        dataSource: "things",
        environment: "production",
        account: "111122223333",
        region: "eu-west-1",
      },
      limits: { timeoutSeconds: 10, maxRows: 10, maxPages: 2, maxItemsScanned: 20, maxBytes: 1_048_576 },
      output: { noun: { one: "thing", other: "things" } },
      createdAt: "2026-11-21T02:10:00.123Z",
    });
    expect(plan.calls).toHaveLength(1);
    expect(plan.calls[0]?.request).not.toHaveProperty("FilterExpression");
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test("takes on an optional clause, with its names and values, only when its parameter is given", async () => {
    const plan = await planOf(runbook(), { owner: "A-1234", min_size: 0 });
    expect(plan.calls[0]?.request).toMatchObject({
      FilterExpression: "#size >= :min_size",
      ExpressionAttributeNames: { "#size": "size", "#state": "state" },
      ExpressionAttributeValues: { ":owner": { S: "A-1234" }, ":min_size": { N: "0" } },
    });
  });

  test("holds what was typed only as the values of requests", async () => {
    const book = runbook();
    Object.assign(book.parameters.properties["owner"] ?? {}, {
      pattern: '^[ -"$-~]{1,60}$',
      maxLength: 60,
      examples: ["x"],
    });
    book.tests[1] = {
      name: "too long",
      given: { parameters: { owner: "x".repeat(61) } },
      expect: { valid: false, errors: ["owner"] },
    };
    const harmless = await planOf(book, { owner: "x" });
    const typed = ":owner OR 1=1 #state ' \" }";
    const hostile = await planOf(book, { owner: typed });
    expect(JSON.parse(JSON.stringify(hostile.calls).replaceAll(JSON.stringify(typed), '"x"'))).toEqual(
      harmless.calls,
    );
  });

  test("is not changed by whoever changes the runbook or the inputs later", async () => {
    const inputs = { owner: "A-1234", tags: ["a"] };
    const plan = await planOf(runbook(), inputs);
    const before = digest(plan);
    inputs.owner = "A-9999";
    inputs.tags.push("b");
    expect(digest(plan)).toBe(before);
  });

  test("reads a batch with each key once, further keys only when given", async () => {
    const book = batchBook();
    const one = await planOf(book, { owner: "A-1234", thing: "t1" });
    expect(one.calls[0]?.request).toMatchObject({ RequestItems: { things: { Keys: [key("t1")] } } });
    const three = await planOf(book, { owner: "A-1234", thing: "t1", thing_2: "t2", thing_3: "t1" });
    expect(three.calls[0]?.request).toMatchObject({
      RequestItems: { things: { Keys: [key("t1"), key("t2")] } },
    });
    expect(three.limits).toMatchObject({ maxItemsScanned: 3, maxPages: 5 });
    expect(planSentences(three).touches).toBe(
      "Reads 3 attributes of 2 items of things in production, partition A-1234 only. Read only.",
    );
    expect(planSentences(one).call.lines).toContain("Thing 2: not given");
  });

  test("spreads a list over placeholders of its own, in the order of the enum", async () => {
    const plan = await planOf(listBook(), { owner: "A-1234", sizes: ["b", "c"] });
    expect(plan.calls[0]?.request).toMatchObject({
      FilterExpression:
        "(changed_at = :now OR changed_at > :now) AND email IN (:sizes_1, :sizes_2) AND email <> :sizes_not",
      ExpressionAttributeValues: {
        ":sizes_1": { S: "b" },
        ":sizes_2": { S: "c" },
        ":now": { S: "2026-11-21T02:10:00Z" },
      },
    });
  });
});

describe("the digest of a plan", () => {
  test("is the same for the same inputs in any order of keys", async () => {
    const plan = await planOf(runbook(), { owner: "A-1234", min_size: 3 });
    const shuffled = (value: unknown, order: (keys: string[]) => string[]): unknown => {
      if (typeof value !== "object" || value === null) return value;
      if (Array.isArray(value)) return value.map((item) => shuffled(item, order));
      const record = value as Record<string, unknown>;
      return Object.fromEntries(
        order(Object.keys(record)).map((name) => [name, shuffled(record[name], order)]),
      );
    };
    expect(digest(shuffled(plan, (keys) => keys.toReversed()))).toBe(digest(plan));
    expect(digest(await planOf(runbook(), { min_size: 3, owner: "A-1234" }))).toBe(digest(plan));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (inputs) => {
        const record = Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== "__proto__"));
        expect(digest(shuffled(record, (keys) => keys.toReversed()))).toBe(digest(record));
      }),
    );
  });

  test("changes with any bound value, and with anything else that is approved", async () => {
    const plan = await planOf(runbook(), { owner: "A-1234", min_size: 3 });
    const changes = leaves(plan);
    expect(changes.length).toBeGreaterThan(40);
    const same = changes.filter(({ path, value }) => digest(replaced(plan, path, value)) === digest(plan));
    expect(same).toEqual([]);
  });

  test("changes with the content of the runbook and not with its formatting", async () => {
    const plain = await load(files());
    const commented = await load({
      ...files(),
      "things-by-owner.yml": `# a comment\n${JSON.stringify(runbook(), null, 3)}\n`,
    });
    const changed = runbook();
    changed.documentation.whenToUse = "Somebody asks where any thing is.";
    const other = await load({ ...files(), "things-by-owner.yml": changed });
    const digestOf = ({ catalogue }: typeof plain) => catalogue?.runbooks.get("things-by-owner")?.digest;
    expect(digestOf(commented)).toBe(digestOf(plain));
    expect(commented.catalogue?.digest).toBe(plain.catalogue?.digest);
    expect(digestOf(other)).not.toBe(digestOf(plain));
    expect(other.catalogue?.digest).not.toBe(plain.catalogue?.digest);
  });

  test("is that of RFC 8785", () => {
    // Canonical form by the RFC's rules: {"a":[1,"é"],"b":1e+21}
    expect(digest({ b: 1e21, a: [1, "é"] })).toBe(
      digest(JSON.parse('{"a":[1.0,"\\u00e9"],"b":1000000000000000000000}')),
    );
    expect(digest({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  });
});

describe("the sentences of a plan", () => {
  test("say what is read, where, how much, and the request with its values", async () => {
    const plan = await planOf(runbook(), { owner: "A-1234", min_size: 3 });
    expect(planSentences(plan)).toEqual({
      touches: "Reads 4 attributes of things in production, partition A-1234 only. Read only.",
      limits: "At most 10 rows, 20 items read in 2 pages, 1024 KiB, 10 s.",
      call: {
        title: "dynamodb:Query  things",
        lines: [
          "owner_id = A-1234",
          "filter: size ≥ 3",
          "returns state, thing_id",
          "by thing_id, ascending, 10 items per page",
        ],
      },
    });
  });

  test("say which optional parameter is not given", async () => {
    expect(planSentences(await planOf(runbook(), { owner: "A-1234" })).call.lines.at(-1)).toBe(
      "Size at least: any",
    );
  });

  test("count the attributes that readRequest finds", async () => {
    const plan = await planOf(runbook(), { owner: "A-1234" });
    const [call] = plan.calls;
    const schema = plan.tables["things"];
    if (!call || !schema || call.action === "athena:StartQueryExecution") throw new Error("no call");
    const { attributes } = readRequest(call, schema);
    expect(planSentences(plan).touches).toContain(`${attributes.length} attributes`);
  });

  test("mask sensitive values everywhere unless told otherwise", async () => {
    const book = runbook();
    Object.assign(book.parameters.properties["owner"] ?? {}, { "x-sensitive": true });
    const plan = await planOf(book, { owner: "A-1234" });
    expect(plan.sensitive).toEqual(["owner"]);
    expect(JSON.stringify(planSentences(plan))).not.toContain("A-1234");
    expect(planSentences(plan).call.lines[0]).toBe("owner_id = •••");
    expect(planSentences(plan, { maskSensitive: false }).call.lines[0]).toBe("owner_id = A-1234");
  });

  test("mask what is derived from a sensitive value, too", async () => {
    const book = runbook();
    Object.assign(book.parameters.properties["owner"] ?? {}, { "x-sensitive": true });
    book.derived = {
      low: { function: "lowercase", args: [{ $param: "owner" }] },
      key: { function: "concat", args: ["K-", { $derived: "low" }] },
    };
    const [step] = book.steps;
    if (step?.action !== "dynamodb:Query") throw new Error("not a query");
    step.request.ExpressionAttributeValues[":owner"] = { S: { $derived: "key" } };
    const plan = await planOf(book, { owner: "A-1234" });
    expect(plan.derived).toEqual({ low: "a-1234", key: "K-a-1234" });
    expect(plan.sensitive).toEqual(["owner", "low", "key"]);
    expect(JSON.stringify(planSentences(plan))).not.toMatch(/1234/);
  });

  test("quote a value that could be taken for our words", async () => {
    const book = runbook();
    Object.assign(book.parameters.properties["owner"] ?? {}, {
      pattern: '^[ -"$-~]{1,60}$',
      maxLength: 60,
      examples: ["x"],
    });
    book.tests[1] = {
      name: "too long",
      given: { parameters: { owner: "x".repeat(61) } },
      expect: { valid: false, errors: ["owner"] },
    };
    const plan = await planOf(book, { owner: "x only. Read only. , y" });
    expect(planSentences(plan).call.lines[0]).toBe('owner_id = "x only. Read only. , y"');
    expect(planSentences(plan).touches).toContain('partition "x only. Read only. , y" only');
  });
});

function key(thing: string) {
  return { owner_id: { S: "A-1234" }, thing_id: { S: thing } };
}

function batchBook(): Runbook {
  const book = runbook();
  const thing = (title: string) => ({
    type: "string" as const,
    title,
    description: "A thing.",
    pattern: "^t[0-9]$",
    maxLength: 2,
    examples: ["t1"],
  });
  book.parameters.required = ["owner", "thing"];
  book.parameters.properties = {
    ...Object.fromEntries(Object.entries(book.parameters.properties).filter(([name]) => name === "owner")),
    thing: thing("Thing"),
    thing_2: thing("Thing 2"),
    thing_3: thing("Thing 3"),
  };
  const keyOf = (name: string) => ({
    owner_id: { S: { $param: "owner" } },
    thing_id: { S: { $param: name } },
  });
  book.steps = [
    {
      name: "batch",
      action: "dynamodb:BatchGetItem",
      request: {
        RequestItems: {
          things: {
            Keys: [keyOf("thing")],
            ProjectionExpression: "thing_id, #s",
            ExpressionAttributeNames: { "#s": "state" },
          },
        },
      },
      optional: [
        { when: "thing_2", Keys: [keyOf("thing_2")] },
        { when: "thing_3", Keys: [keyOf("thing_3")] },
      ],
    },
  ];
  book.limits = { timeoutSeconds: 10, maxRows: 10 };
  book.tests = [
    {
      name: "all",
      given: { parameters: { owner: "A-1234", thing: "t1", thing_2: "t2", thing_3: "t3" } },
      expect: { valid: true, requests: [{ action: "x", request: {} }] },
    },
    {
      name: "none",
      given: { parameters: { owner: "A", thing: "A", thing_2: "A", thing_3: "A" } },
      expect: { valid: false, errors: ["owner", "thing", "thing_2", "thing_3"] },
    },
  ];
  return book;
}

function listBook(): Runbook {
  const book = runbook();
  const [step] = book.steps;
  if (step?.action !== "dynamodb:Query") throw new Error("not a query");
  delete book.parameters.properties["min_size"];
  book.parameters.properties["sizes"] = {
    type: "array",
    "x-sensitive": true,
    title: "Sizes",
    description: "Any of them.",
    items: { type: "string", enum: ["a", "b", "c"] },
    maxItems: 3,
  };
  book.derived = { at: { function: "now", args: [] } };
  step.request.FilterExpression = "changed_at = :now OR changed_at > :now";
  step.request.ExpressionAttributeValues[":now"] = { S: { $derived: "at" } };
  step.optional = [
    {
      when: "sizes",
      FilterExpression: "email IN (:sizes) AND email <> :sizes_not",
      ExpressionAttributeValues: { ":sizes": { S: { $param: "sizes" } }, ":sizes_not": { S: "d" } },
    },
  ];
  book.tests[0] = {
    name: "all",
    given: { parameters: { owner: "A-1234", sizes: ["a"] } },
    expect: { valid: true, requests: [{ action: "x", request: {} }] },
  };
  return book;
}

type Leaf = { path: (string | number)[]; value: unknown };

/** Every leaf of a value with something else to put there. */
function leaves(value: unknown, path: (string | number)[] = []): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => leaves(item, [...path, at]));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, item]) => leaves(item, [...path, name]));
  }
  return [
    {
      path,
      value:
        typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : `${String(value)}x`,
    },
  ];
}

function replaced(value: unknown, [first, ...rest]: readonly (string | number)[], leaf: unknown): unknown {
  if (first === undefined) return leaf;
  const copy: unknown = structuredClone(value);
  const holder = copy as Record<string | number, unknown>;
  holder[first] = replaced(holder[first], rest, leaf);
  return copy;
}
