import { expect, test } from "vitest";
import { checkSql } from "../../src/sql/check-sql.ts";
import type { Guardrails, PartitionGuardrail } from "../../src/sql/guardrails.ts";
import { guardrails, now } from "./fixtures.ts";

/** `days` of a condition on a table whose only partition is `day`; undefined when it is refused. */
function days(
  condition: string,
  own: Partial<PartitionGuardrail & { kind: "day" }> = {},
): string | number | undefined {
  const partition = {
    kind: "day",
    column: "day",
    format: "yyyy/MM/dd",
    maxRangeDays: 400,
    openEnd: "refused",
    ...own,
  } as const;
  const [first] = guardrails.tables;
  const tables = first ? [{ ...first, partitions: [partition] }] : [];
  const one: Guardrails = { ...guardrails, tables };
  const result = checkSql(`SELECT eventname FROM cloudtrail_logs WHERE ${condition}`, one, now);
  if (result.status === "refused") return result.refusals[0]?.code;
  const [bound] = result.bounds;
  return bound?.kind === "day" ? `${bound.from}..${bound.to} ${bound.days}` : undefined;
}

test.for([
  ["day = '2026/11/20'", "2026-11-20..2026-11-20 1"],
  ["day BETWEEN '2026/11/01' AND '2026/11/20'", "2026-11-01..2026-11-20 20"],
  ["day > '2026/11/01' AND day < '2026/11/20'", "2026-11-02..2026-11-19 18"],
  ["day >= '2026/02/27' AND day <= '2026/03/01'", "2026-02-27..2026-03-01 3"],
  ["day IN ('2026/11/01', '2026/11/20', '2026/11/20')", "2026-11-01..2026-11-20 2"],
  ["day BETWEEN '2026/01/01' AND '2026/11/20' AND day >= '2026/11/19'", "2026-11-19..2026-11-20 2"],
  ["day IN ('2026/11/01', '2026/11/20') AND day > '2026/11/10'", "2026-11-20..2026-11-20 1"],
  ["day IN ('2026/11/20', '2026/11/18') AND day IN ('2026/11/18', '2026/11/20')", "2026-11-18..2026-11-20 2"],
  ["day BETWEEN '2026/11/20' AND '2026/11/01'", "empty-range"],
  ["day = '2026/11/20' AND day = '2026/11/19'", "empty-range"],
  ["day = date_format(current_date, '%Y/%m/%d')", "2026-11-20..2026-11-20 1"],
  ["day = date_format(current_timestamp - INTERVAL '11' HOUR, '%Y/%m/%d')", "2026-11-19..2026-11-19 1"],
  ["day = date_format(date_add('month', -9, DATE '2026-11-30'), '%Y/%m/%d')", "2026-02-28..2026-02-28 1"],
  [
    "day = format_datetime(CAST('2026-11-20' AS date) - INTERVAL '1' YEAR, 'yyyy/MM/dd')",
    "2025-11-20..2025-11-20 1",
  ],
  ["day = date_format(date_trunc('day', now()), '%Y/%m/%d')", "2026-11-20..2026-11-20 1"],
  ["day = date_format(date(TIMESTAMP '2026-11-20 23:59:59'), '%Y/%m/%d')", "2026-11-20..2026-11-20 1"],
  ["day = date_format(date_parse('2026-11-20', '%Y-%m-%d'), '%Y/%m/%d')", "2026-11-20..2026-11-20 1"],
  ["day = CAST('2026/11/20' AS varchar)", "2026-11-20..2026-11-20 1"],
])("%s is %s", ([condition = "", expected]) => {
  expect(days(condition)).toBe(expected);
});

test.for([
  ["a bound in another format", "day = '2026-11-20'"],
  ["a day that does not exist", "day BETWEEN '2026/11/01' AND '2026/11/31'"],
  ["a date compared with text", "day = DATE '2026-11-20'"],
  ["a function that is not computed", "day = upper('2026/11/20')"],
  ["a format that is not a day", "day = date_format(now(), '%Y/%m')"],
  ["an open end", "day >= '2026/11/20'"],
  ["an open start", "day <= '2026/11/20'"],
  [
    "a far interval",
    "day >= date_format(now() - INTERVAL '9999999' DAY, '%Y/%m/%d') AND day <= '2026/11/20'",
  ],
  ["one unreadable end", "day BETWEEN '2026/11/19' AND concat('2026/11/', '20')"],
])("%s bounds nothing", ([, condition = ""]) => {
  expect(days(condition)).toBe("partition");
});

test("an open end is today where the data source says so", () => {
  expect(days("day >= '2026/11/18'", { openEnd: "until-now" })).toBe("2026-11-18..2026-11-20 3");
  expect(days("day >= '2025/01/01'", { openEnd: "until-now" })).toBe("range");
  expect(days("day <= '2026/11/18'", { openEnd: "until-now" })).toBe("partition");
});

test("a DATE column takes dates and times, and no text", () => {
  const own = { format: "date" } as const;
  expect(days("day BETWEEN DATE '2026-11-19' AND current_date", own)).toBe("2026-11-19..2026-11-20 2");
  expect(days("day >= DATE '2026-11-19' AND day < TIMESTAMP '2026-11-20 12:00:00'", own)).toBe(
    "2026-11-19..2026-11-20 2",
  );
  expect(days("day = '2026-11-20'", own)).toBe("partition");
});
