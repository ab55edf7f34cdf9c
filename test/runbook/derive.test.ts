import { describe, expect, test } from "vitest";
import { derive } from "../../src/runbook/derive.ts";
import type { DerivedValue } from "../../src/runbook/derived-value.ts";

const now = new Date("2026-11-21T02:10:59.900Z");
const inputs = { id: "Ab", day: "2028-02-28", at: "2026-12-31T23:00:00Z", n: 7 };
const param = (name: keyof typeof inputs) => ({ $param: name });

function one(fn: DerivedValue["function"], ...args: DerivedValue["args"]): unknown {
  return derive({ x: { function: fn, args } }, inputs, now)["x"];
}

describe("a derived value", () => {
  test.each<[string, unknown, unknown]>([
    ["concat", one("concat", "ORDER#", param("id"), "-", param("n")), "ORDER#Ab-7"],
    ["lowercase", one("lowercase", param("id")), "ab"],
    ["formatDate of a day", one("formatDate", param("day"), "YYYY/MM/DD"), "2028/02/28"],
    ["formatDate of a time", one("formatDate", param("at"), "YYYYMM"), "202612"],
    ["addDays to a day, over a leap day", one("addDays", param("day"), 2), "2028-03-01"],
    ["addDays to a time, over a year", one("addDays", param("at"), 1), "2027-01-01T23:00:00Z"],
    ["addDays back", one("addDays", param("day"), -59), "2027-12-31"],
    ["epochSeconds of a time", one("epochSeconds", param("at")), 1_798_758_000],
    ["epochSeconds of a day", one("epochSeconds", param("day")), 1_835_308_800],
    ["now, cut to the second", one("now"), "2026-11-21T02:10:59Z"],
    ["sha256", one("sha256", "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ])("%s", (_, value, expected) => expect(value).toBe(expected));

  test("uses the ones above it", () => {
    const declared: Record<string, DerivedValue> = {
      low: { function: "lowercase", args: [param("id")] },
      key: { function: "concat", args: ["K#", { $derived: "low" }] },
    };
    expect(derive(declared, inputs, now)).toEqual({ low: "ab", key: "K#ab" });
  });

  test("is absent when an input that it needs is", () => {
    const declared: Record<string, DerivedValue> = {
      low: { function: "lowercase", args: [{ $param: "gone" }] },
      key: { function: "concat", args: ["K#", { $derived: "low" }] },
    };
    expect(derive(declared, inputs, now)).toEqual({});
  });
});
