import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type InputRange, outsideRanges } from "../../src/runbook/input-range.ts";
import type { Parameter } from "../../src/runbook/parameter.ts";
import { parseInput, parseInputs } from "../../src/runbook/parse-inputs.ts";
import { readRange } from "../../src/runbook/read-range.ts";
import { widestInputs } from "../../src/runbook/widest-inputs.ts";

const now = new Date("2026-11-21T02:10:00.000Z");
const said = { title: "Value", description: "A value." };
const status: Parameter = { type: "string", ...said, enum: ["PAID", "PICKING", "SHIPPED"] };
const order: Parameter = { type: "string", ...said, pattern: "^O-[0-9]{3}$", maxLength: 5 };
const count: Parameter = { type: "integer", ...said, minimum: -50, maximum: 50 };
const share: Parameter = { type: "number", ...said, minimum: 0, maximum: 1 };
const flag: Parameter = { type: "boolean", ...said };
const several: Parameter = {
  type: "array",
  ...said,
  items: { type: "string", enum: ["a", "b", "c", "d"] },
  maxItems: 3,
};
const day: Parameter = { type: "string", ...said, format: "date" };
const moment: Parameter = { type: "string", ...said, format: "date-time" };

function rangeOf(parameter: Parameter, given: unknown): InputRange {
  const read = readRange(parameter, given, true);
  if (read.status === "invalid") throw new Error(read.message);
  return read.range;
}

function admits(parameter: Parameter, given: unknown, raw: unknown, at = now): boolean {
  const parsed = parseInput(parameter, raw);
  if (parsed.status === "invalid") throw new Error(parsed.message);
  return outsideRanges({ it: rangeOf(parameter, given) }, { it: parsed.value }, at).length === 0;
}

describe("what a recipe allows of a parameter", () => {
  test.each([
    [status, ["PAID", "SHIPPED"], "PAID", "PICKING"],
    [order, "O-001\n O-002 \n\n", "O-002", "O-003"],
    [count, "-5 to 10", -5, 11],
    [count, "7", 7, 8],
    [share, "0.25..0.5", 0.5, 0.51],
    [flag, ["true"], true, false],
    [several, ["a", "b"], ["b"], ["a", "c"]],
    [day, "2026-11-01 to 2026-11-30", "2026-11-30", "2026-12-01"],
    [day, "2026-11-01", "2026-11-01", "2026-10-31"],
    [day, "last 7 days", "2026-11-14", "2026-11-13"],
    [day, "last 1 day", "2026-11-21", "2026-11-22"],
    [moment, "last 7 days", "2026-11-14T02:10:00Z", "2026-11-14T02:09:59Z"],
    [moment, "Last 7 days", "2026-11-21T02:10:00Z", "2026-11-21T02:10:01Z"],
    [moment, "2026-11-01 to 2026-11-02", "2026-11-02T23:59:59Z", "2026-11-03T00:00:00Z"],
    [
      moment,
      "2026-11-01T10:00:00+01:00 to 2026-11-01T12:00:00Z",
      "2026-11-01T09:00:00Z",
      "2026-11-01T08:59:59Z",
    ],
  ] as [Parameter, unknown, unknown, unknown][])(
    "%j allowing %j admits %j and not %j",
    (parameter, given, within, outside) => {
      expect(admits(parameter, given, within)).toBe(true);
      expect(admits(parameter, given, outside)).toBe(false);
    },
  );

  test.each([
    [status, ["LOST"], "one of 3 options"],
    [order, "O-001\nO-2", "right form"],
    [
      order,
      Array.from({ length: 26 }, (_, at) => `O-${String(at).padStart(3, "0")}`).join("\n"),
      "at most 25",
    ],
    [count, "1 to 51", "-50 to 50"],
    [count, "5 to 1", "lower number first"],
    [count, "1 to 2 to 3", "one number, or a range"],
    [count, "1\n2", "one number, or a range"],
    [count, "", "is needed"],
    [several, ["a", "z"], "4 options"],
    [day, "last 0 days", "like 2026-11-21"],
    [day, "last 367 days", "at most the last 366 days"],
    [day, "2026-11-30 to 2026-11-01", "earlier time first"],
    [moment, "yesterday", "time with its zone"],
  ] as [Parameter, unknown, string][])("%j is refused for %j, in words", (parameter, given, words) => {
    const read = readRange(parameter, given, true);
    expect(read).toMatchObject({ status: "invalid", message: expect.stringContaining(words) });
  });

  test("left empty it is the default, or must be left out", () => {
    expect(readRange({ ...count, default: 5 }, "", true)).toMatchObject({
      range: { is: "between", from: 5, to: 5 },
    });
    expect(readRange(order, undefined, false)).toMatchObject({ range: { is: "not-given" } });
    expect(outsideRanges({ it: { is: "not-given" } }, {}, now)).toEqual([]);
    expect(outsideRanges({ it: { is: "not-given" } }, { it: "O-001" }, now)).toEqual(["it"]);
  });

  test("an input that no range names is outside, and so is one that is not given", () => {
    const ranges = { status: rangeOf(status, ["PAID"]) };
    expect(outsideRanges(ranges, { status: "PAID", more: 1 }, now)).toEqual(["more"]);
    expect(outsideRanges(ranges, {}, now)).toEqual(["status"]);
    expect(outsideRanges({}, { constructor: "PAID" }, now)).toEqual(["constructor"]);
  });
});

describe("any ranges and inputs", () => {
  const text = fc.constantFrom("O-001", "O-002", "O-003", "O-004");
  const number = fc.integer({ min: -50, max: 50 });
  const date = fc.date({ min: new Date("2026-10-01"), max: new Date("2026-12-31"), noInvalidDate: true });
  const asDay = (at: Date) => at.toISOString().slice(0, 10);
  const items = fc.subarray(["a", "b", "c", "d"], { minLength: 1, maxLength: 3 });

  type Case = { parameter: Parameter; given: unknown; value: unknown; within: boolean };

  /** What a person would answer who compares by hand. */
  const cases: fc.Arbitrary<Case> = fc.oneof(
    fc.record({ allowed: fc.uniqueArray(text, { minLength: 1 }), value: text }).map(({ allowed, value }) => ({
      parameter: order,
      given: allowed.join("\n"),
      value,
      within: allowed.includes(value),
    })),
    fc.record({ one: number, other: number, value: number }).map(({ one, other, value }) => ({
      parameter: count,
      given: `${Math.min(one, other)} to ${Math.max(one, other)}`,
      value,
      within: value >= Math.min(one, other) && value <= Math.max(one, other),
    })),
    fc.record({ allowed: items, value: items }).map(({ allowed, value }) => ({
      parameter: several,
      given: allowed,
      value,
      within: value.every((item) => allowed.includes(item)),
    })),
    fc.record({ one: date, other: date, value: date }).map(({ one, other, value }) => {
      const [from = "", to = ""] = [asDay(one), asDay(other)].toSorted();
      return {
        parameter: day,
        given: `${from} to ${to}`,
        value: asDay(value),
        within: asDay(value) >= from && asDay(value) <= to,
      };
    }),
    fc.record({ days: fc.integer({ min: 1, max: 40 }), value: date }).map(({ days, value }) => {
      const seconds = Math.floor(value.getTime() / 1000);
      const age = now.getTime() / 1000 - seconds;
      return {
        parameter: moment,
        given: `last ${days} days`,
        value: seconds,
        within: age >= 0 && age <= days * 86_400,
      };
    }),
  );

  test("admit exactly what lies inside, and never an input outside", () => {
    let inside = 0;
    fc.assert(
      fc.property(fc.array(cases, { minLength: 1, maxLength: 6 }), (chosen) => {
        const named = chosen.map((one, at) => ({ ...one, name: `p${at}` }));
        const properties = Object.fromEntries(named.map(({ name, parameter }) => [name, parameter]));
        const ranges = Object.fromEntries(
          named.map(({ name, parameter, given }) => [name, rangeOf(parameter, given)]),
        );
        const raw = Object.fromEntries(named.map(({ name, value }) => [name, value]));
        const runbook = { parameters: { type: "object", additionalProperties: false, properties } as const };
        const parsed = parseInputs(runbook, raw);
        if (parsed.status === "invalid") throw new Error(parsed.errors[0]?.message);
        const outside = named.filter(({ within }) => !within).map(({ name }) => name);
        if (outside.length === 0) inside += 1;
        expect(outsideRanges(ranges, parsed.inputs, now).toSorted()).toEqual(outside.toSorted());
      }),
      { numRuns: 2_000 },
    );
    expect(inside).toBeGreaterThan(100);
  });

  test("admit their own widest inputs", () => {
    fc.assert(
      fc.property(fc.array(cases, { minLength: 1, maxLength: 6 }), (chosen) => {
        const properties = Object.fromEntries(chosen.map(({ parameter }, at) => [`p${at}`, parameter]));
        const ranges = Object.fromEntries(
          chosen.map(({ parameter, given }, at) => [`p${at}`, rangeOf(parameter, given)]),
        );
        const runbook = { parameters: { type: "object", additionalProperties: false, properties } as const };
        const parsed = parseInputs(runbook, widestInputs(ranges, properties, now));
        if (parsed.status === "invalid") throw new Error(parsed.errors[0]?.message);
        expect(outsideRanges(ranges, parsed.inputs, now)).toEqual([]);
      }),
    );
  });
});
