import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DynamoDbCall, QueryRequest } from "../../src/dynamodb/requests.ts";
import { loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import type { NarrowedTerms } from "../../src/runbook/narrowing.ts";
import { isNarrowerRead } from "../../src/runbook/narrower-read.ts";
import { narrowingWords } from "../../src/runbook/narrowing-words.ts";
import type { Plan } from "../../src/runbook/plan.ts";
import { isNarrower, whyWider } from "../../src/runbook/why-wider.ts";
import { resolvePlan } from "../../src/workflow/resolve-plan.ts";
import { requester, T0 } from "../fixtures/a-request.ts";

const { catalogue } = await loadCatalogue(resolve(import.meta.dirname, "../../runbooks"), {});

type Terms = { minutes: number; rows: number; masked: readonly string[]; from: number; to: number };

const trail = "ct-principal-timeline";
const orders = "orders-stuck-by-status";
/** Hours after the first moment of the range. */
const hours = (count: number) =>
  new Date(Date.parse("2026-11-16T00:00:00Z") + count * 3_600_000).toISOString().replace(".000", "");

function planOf(runbook: typeof trail | typeof orders, { minutes, rows, masked, from, to }: Terms): Plan {
  const narrowed: NarrowedTerms = { maxRows: rows, masked };
  const inputs =
    runbook === trail
      ? {
          account: "111122223333",
          from_time: hours(from),
          to_time: hours(to),
          identifier_type: "source_ip",
          identifier: "203.0.113.77",
          calls: "changing",
        }
      : { status: "PAID", older_than: hours(to) };
  const grant = { kind: "single-run" as const, durationMinutes: minutes, maxRuns: 1 };
  const order = { runbook, inputs, requestId: "R1", requester, grant, createdAt: T0, narrowed };
  const plan = resolvePlan(catalogue, order);
  if (!plan) throw new Error(`${runbook} gives no plan`);
  return plan;
}

const columnsOf = (name: string) =>
  catalogue.runbooks.get(name)?.output.columns.map((column) => column.name) ?? [];

const terms = (runbook: string) =>
  fc.record({
    minutes: fc.integer({ min: 1, max: 60 }),
    rows: fc.integer({ min: 1, max: 100 }),
    masked: fc.subarray([...columnsOf(runbook)]),
    from: fc.integer({ min: 0, max: 60 }),
    to: fc.integer({ min: 61, max: 120 }),
  });

/** What the plan may touch, told by its terms and not by the plan. */
function isLess(runbook: string, wider: Terms, other: Terms): boolean {
  return (
    other.minutes <= wider.minutes &&
    other.rows <= wider.rows &&
    wider.masked.every((name) => other.masked.includes(name)) &&
    (runbook === orders || other.from >= wider.from) &&
    other.to <= wider.to
  );
}

describe.each([orders, trail] as const)("a plan of %s", (runbook) => {
  test("is narrower exactly where each of its terms is", () => {
    fc.assert(
      fc.property(terms(runbook), terms(runbook), (one, other) => {
        expect(isNarrower(planOf(runbook, one), planOf(runbook, other))).toBe(isLess(runbook, one, other));
      }),
      { numRuns: 60 },
    );
  });

  test("that takes something away of each is narrower, and the way back is wider", () => {
    fc.assert(
      fc.property(terms(runbook), terms(runbook), (one, other) => {
        const both: Terms = {
          minutes: Math.min(one.minutes, other.minutes),
          rows: Math.min(one.rows, other.rows),
          masked: columnsOf(runbook).filter((name) => [...one.masked, ...other.masked].includes(name)),
          from: Math.max(one.from, other.from),
          to: Math.min(one.to, other.to),
        };
        const [wide, less] = [planOf(runbook, one), planOf(runbook, both)];
        expect(whyWider(wide, less)).toBeUndefined();
        expect(isNarrower(less, wide)).toBe(narrowingWords(wide, less).length === 0);
      }),
      { numRuns: 40 },
    );
  });

  const full: Terms = { minutes: 30, rows: 100, masked: [], from: 0, to: 100 };

  test.each<[string, (plan: Plan) => Plan]>([
    ["another person", (plan) => ({ ...plan, requester: { ...requester, userId: "U0OTHER" } })],
    ["another role", (plan) => ({ ...plan, target: { ...plan.target, role: `${plan.target.role}2` } })],
    ["more runs", (plan) => ({ ...plan, grant: { ...plan.grant, maxRuns: 2 } })],
    ["more pages", (plan) => ({ ...plan, limits: { ...plan.limits, maxPages: plan.limits.maxPages + 1 } })],
    ["a second call", (plan) => ({ ...plan, calls: [...plan.calls, ...plan.calls] })],
    ["no call", (plan) => ({ ...plan, calls: [] })],
    ["one input less", (plan) => ({ ...plan, inputs: {} })],
    [
      "a column more",
      (plan) => ({
        ...plan,
        output: { ...plan.output, columns: [...plan.output.columns, ...plan.output.columns.slice(0, 1)] },
      }),
    ],
    ["rows shown to more people", (plan) => ({ ...plan, output: { ...plan.output, removeOnEnd: false } })],
    ["another digest of its runbook", (plan) => ({ ...plan, runbook: { ...plan.runbook, digest: "b" } })],
    [
      "another table",
      (plan) => ({ ...plan, calls: [callWith(plan, { TableName: "other", WorkGroup: "other" })] }),
    ],
  ])("with %s is not narrower", (_, change) => {
    const plan = planOf(runbook, full);
    expect(isNarrower(plan, change(plan))).toBe(false);
  });
});

function callWith({ calls: [call] }: Plan, change: object): Plan["calls"][number] {
  return { ...call, request: { ...call?.request, ...change } } as Plan["calls"][number];
}

describe("an Athena query", () => {
  const full: Terms = { minutes: 30, rows: 100, masked: [], from: 0, to: 100 };
  const values = (plan: Plan) => {
    const [call] = plan.calls;
    return call?.action === "athena:StartQueryExecution" ? (call.request.ExecutionParameters ?? []) : [];
  };

  test("may change in no value but the bounds of a range", () => {
    const plan = planOf(trail, full);
    for (const [at, literal] of values(plan).entries()) {
      const other = values(plan).with(at, literal.replace(/.'$/, "!'"));
      const changed = { ...plan, calls: [callWith(plan, { ExecutionParameters: other })] };
      // "!" comes before every digit and letter, so it moves an upper bound down and a lower one too.
      const isUpper = other[at]?.includes("2026") === true && (at === 2 || at === 4);
      expect([literal, isNarrower(plan, changed)]).toEqual([literal, isUpper]);
    }
  });

  test("touches no prefix beyond those of the other", () => {
    const plan = planOf(trail, full);
    if (!plan.athena) throw new Error("it is a query");
    const data = [{ bucket: "another-bucket", prefix: "" }];
    expect(isNarrower(plan, { ...plan, athena: { ...plan.athena, data } })).toBe(false);
    expect(isNarrower(plan, { ...plan, athena: { ...plan.athena, maxBytesScanned: 9e12 } })).toBe(false);
  });

  test("under a text that can't be read, or an OR around its bound, keeps its values", () => {
    const plan = planOf(trail, full);
    const less = planOf(trail, { ...full, to: 90 });
    const [call] = plan.calls;
    if (call?.action !== "athena:StartQueryExecution") throw new Error("it is a query");
    const text = call.request.QueryString;
    expect(isNarrower(plan, less)).toBe(true);
    for (const QueryString of [text.replace("eventtime < ?", "(eventtime < ? OR true)"), "SELECT ?"]) {
      expect(QueryString).not.toBe(text);
      const [one, other] = [plan, less].map((of) => ({ ...of, calls: [callWith(of, { QueryString })] }));
      expect(one && other && isNarrower(one, other)).toBe(false);
    }
  });
});

describe("a DynamoDB query", () => {
  const query = (filter: string, value: string): DynamoDbCall => ({
    action: "dynamodb:Query",
    request: {
      TableName: "orders",
      KeyConditionExpression: "order_id = :id",
      FilterExpression: filter,
      ProjectionExpression: "order_id, placed",
      Select: "SPECIFIC_ATTRIBUTES",
      ExpressionAttributeValues: { ":id": { S: "A" }, ":low": { S: "c" }, ":at": { S: value } },
      Limit: 10,
    } satisfies QueryRequest,
  });

  test.each([
    ["placed < :at", "down"],
    ["placed <= :at", "down"],
    ["placed > :at", "up"],
    ["placed >= :at", "up"],
    ["placed BETWEEN :low AND :at", "down"],
    ["placed BETWEEN :at AND :low", "up"],
    ["placed < :at AND placed > :low", "down"],
    ["placed = :at", "never"],
    ["placed <> :at", "never"],
    ["placed IN (:at, :low)", "never"],
    ["begins_with(placed, :at)", "never"],
    ["contains(placed, :at)", "never"],
    ["NOT placed < :at", "never"],
    ["placed < :at OR placed > :low", "never"],
    ["placed < :at AND placed > :at", "never"],
    [":at < placed", "never"],
    ["size(placed) < :at", "never"],
    ["placed <", "never"],
  ])("with %s may move its value: %s", (filter, way) => {
    const moved = (to: string) => isNarrowerRead(query(filter, "m"), query(filter, to));
    expect([moved("k"), moved("z")]).toEqual([way === "down", way === "up"]);
    expect(moved("m")).toBe(true);
  });

  test("keeps what is not a text of one alphabet, and its key", () => {
    expect(isNarrowerRead(query("placed > :at", "m"), query("placed > :at", "ä"))).toBe(false);
    const numbers = (value: string): DynamoDbCall => {
      const call = query("placed < :at", "m");
      const request = call.request as QueryRequest;
      return {
        action: "dynamodb:Query",
        request: {
          ...request,
          ExpressionAttributeValues: { ...request.ExpressionAttributeValues, ":at": { N: value } },
        },
      };
    };
    expect(isNarrowerRead(numbers("10"), numbers("9"))).toBe(false);
  });
});
