import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dataPrefixes } from "../../src/runbook/data-prefixes.ts";
import type { Pin } from "../../src/runbook/data-prefixes.ts";

const trail = "AWSLogs/{account}/CloudTrail/{region}/{day}/";

function values(...list: string[]): Pin {
  return { kind: "values", values: list };
}

function days(from: string, to: string, format = "yyyy/MM/dd"): Pin {
  return { kind: "days", format, from, to };
}

describe("the prefixes under which a query's rows lie", () => {
  test("are filled in from the left, up to the first column that is not held", () => {
    const one = values("111122223333");
    expect(dataPrefixes(trail, {})).toEqual(["AWSLogs/"]);
    expect(dataPrefixes(trail, { account: one })).toEqual(["AWSLogs/111122223333/CloudTrail/"]);
    expect(dataPrefixes(trail, { account: one, day: days("2026-11-20", "2026-11-20") })).toEqual([
      "AWSLogs/111122223333/CloudTrail/",
    ]);
    expect(
      dataPrefixes(trail, {
        account: one,
        region: values("eu-west-1"),
        day: days("2026-11-20", "2026-11-21"),
      }),
    ).toEqual([
      "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/",
      "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/21/",
    ]);
  });

  test("become months, years or nothing when they would be more than four", () => {
    expect(dataPrefixes("logs/{day}/", { day: days("2026-11-28", "2026-12-03") })).toEqual([
      "logs/2026/11/",
      "logs/2026/12/",
    ]);
    expect(dataPrefixes("logs/{day}/", { day: days("2025-06-01", "2026-06-30") })).toEqual([
      "logs/2025/",
      "logs/2026/",
    ]);
    expect(dataPrefixes("logs/dt={day}/", { day: days("2026-11-01", "2026-11-09", "yyyy-MM-dd") })).toEqual([
      "logs/",
    ]);
    expect(dataPrefixes("logs/{a}/", { a: values("1", "2", "3", "4", "5") })).toEqual(["logs/"]);
  });

  test("of a list of days are those of its days, or of folders that hold all of them", () => {
    const list = (...only: string[]): Pin => ({
      kind: "days",
      format: "yyyy/MM/dd",
      from: only[0] ?? "",
      to: only.at(-1) ?? "",
      only,
    });
    expect(dataPrefixes("logs/{day}/", { day: list("2020-01-01", "2026-11-21") })).toEqual([
      "logs/2020/01/01/",
      "logs/2026/11/21/",
    ]);
    const months = ["2019-01-01", "2019-01-02", "2020-05-05", "2023-05-05", "2026-11-21"];
    expect(dataPrefixes("logs/{day}/", { day: list(...months) })).toEqual([
      "logs/2019/01/",
      "logs/2020/05/",
      "logs/2023/05/",
      "logs/2026/11/",
    ]);
  });

  test("of more days than can be written are the folder before, never a part of them", () => {
    expect(dataPrefixes("logs/{day}/", { day: days("2020-01-01", "2026-11-21") })).toEqual(["logs/"]);
    expect(dataPrefixes("logs/{day}/", { day: days("2023-01-01", "2026-12-31") })).toEqual([
      "logs/2023/",
      "logs/2024/",
      "logs/2025/",
      "logs/2026/",
    ]);
  });

  test("write days as their partition does", () => {
    expect(dataPrefixes("logs/dt={day}/", { day: days("2026-11-20", "2026-11-20", "yyyyMMdd") })).toEqual([
      "logs/dt=20261120/",
    ]);
    expect(dataPrefixes("logs/dt={day}/", { day: days("2026-11-20", "2026-11-20", "date") })).toEqual([
      "logs/dt=2026-11-20/",
    ]);
  });

  test.each(["*", "a*", "?", "a/b", "../x", "", ".", "${aws:userid}", "a b"])(
    "take %j for no value of a folder",
    (value) => {
      expect(dataPrefixes("logs/{a}/", { a: values("x", value) })).toEqual(["logs/"]);
    },
  );

  test("always end in a folder, stay below the fixed one and are at most four", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 12 }), { maxLength: 6 }),
        fc.date({ min: new Date("2020-01-01"), max: new Date("2030-01-01"), noInvalidDate: true }),
        fc.nat(400),
        (texts, start, length) => {
          const iso = (at: Date) => at.toISOString().slice(0, 10);
          const end = new Date(start.getTime() + length * 86_400_000);
          const prefixes = dataPrefixes(trail, {
            account: values(...texts),
            region: values("eu-west-1"),
            day: days(iso(start), iso(end)),
          });
          expect(prefixes.length).toBeGreaterThan(0);
          expect(prefixes.length).toBeLessThanOrEqual(4);
          expect(prefixes.every((one) => /^AWSLogs\/(?:[A-Za-z0-9_.=-]+\/)*$/.test(one))).toBe(true);
        },
      ),
    );
  });
});
