import { dayMs, formatTime, parseTime } from "./calendar.ts";
import { constantValue } from "./constant-value.ts";
import type { ConstantValue, ParameterLookup } from "./constant-value.ts";
import type { PartitionGuardrail } from "./guardrails.ts";
import type { ConstantPredicate, TableName } from "./scopes.ts";

/** How far one mention of a table reaches along one of its partitions. */
export type PartitionBound = { table: TableName; column: string } &
  /** From the first to the last day; `only` are the days of a list that leaves some between them out. */
  (
    | { kind: "day"; from: string; to: string; days: number; only?: readonly string[] }
    | { kind: "value"; values: readonly string[] }
    /** Bounded by parameters whose values are not known yet. */
    | { kind: "later" }
  );

export type BoundOutcome =
  | { status: "bounded"; bound: PartitionBound }
  | { status: "refused"; code: "partition" | "range" | "empty-range"; message: string };

type Context = { now: Date; parameter: ParameterLookup };

/**
 * Holds the conditions on a table's partition column to its guardrail. Every condition must hold for each row, so their
 * ranges are intersected; one that can't be computed is left out, which can only widen the range.
 */
export function partitionBound(
  table: TableName,
  predicates: readonly ConstantPredicate[],
  guardrail: PartitionGuardrail,
  context: Context,
): BoundOutcome {
  const own = predicates.filter((predicate) => predicate.column === guardrail.column);
  return guardrail.kind === "day"
    ? dayBound(table, own, guardrail, context)
    : valueBound(table, own, guardrail, context);
}

type DayGuardrail = PartitionGuardrail & { kind: "day" };
type ValueGuardrail = PartitionGuardrail & { kind: "value" };

/** Days since 1970; infinite where open. `only` are the days of IN and `=`. */
type DayRange = { from: number; to: number; only?: ReadonlySet<number>; later: boolean };

function dayBound(
  table: TableName,
  predicates: readonly ConstantPredicate[],
  guardrail: DayGuardrail,
  context: Context,
): BoundOutcome {
  const { column, format, maxRangeDays } = guardrail;
  const ranges = predicates.flatMap((predicate) => dayRange(predicate, format, context) ?? []);
  const from = Math.max(-Infinity, ...ranges.map((range) => range.from));
  const stated = Math.min(Infinity, ...ranges.map((range) => range.to));
  const now = Math.floor(context.now.getTime() / dayMs);
  const to = stated === Infinity && guardrail.openEnd === "until-now" ? Math.max(now, from) : stated;
  const label = `${table.database}.${table.table}`;
  const example = exampleRange(guardrail, now);
  if (ranges.some((range) => range.later) && isClosedLater(ranges, guardrail))
    return { status: "bounded", bound: { kind: "later", table, column } };
  if (from === -Infinity || to === Infinity) {
    const why =
      predicates.length > ranges.length
        ? "has a bound that can't be computed"
        : "is not bounded on both sides";
    const message = `${label}: its partition ${column} ${why}, so all of it could be scanned: add ${example}`;
    return { status: "refused", code: "partition", message };
  }
  const listed = listedDays(ranges, from, to);
  const days = listed ? listed.length : Math.max(0, to - from + 1);
  if (days === 0) {
    const message = `${label}: no day meets what is said of ${column}, or its end lies before its start: correct it, like ${example}`;
    return { status: "refused", code: "empty-range", message };
  }
  if (days > maxRangeDays) {
    const message = `${label}: ${column} spans ${days} days, at most ${maxRangeDays} are allowed: narrow it, like ${example}`;
    return { status: "refused", code: "range", message };
  }
  const [first, last] = [listed?.[0] ?? from, listed?.at(-1) ?? to];
  const sparse = listed && listed.length < last - first + 1;
  const bound: PartitionBound = {
    kind: "day",
    table,
    column,
    days,
    from: dayText(first),
    to: dayText(last),
    ...(sparse && { only: listed.map(dayText) }),
  };
  return { status: "bounded", bound };
}

/** With a value still to come, both ends must at least be stated. */
function isClosedLater(ranges: readonly DayRange[], { openEnd }: DayGuardrail): boolean {
  const hasFrom = ranges.some((range) => range.from > -Infinity);
  const hasTo = ranges.some((range) => range.to < Infinity);
  return hasFrom && (hasTo || openEnd === "until-now");
}

/** The days that every list among the ranges names, in order; undefined when none is a list. */
function listedDays(ranges: readonly DayRange[], from: number, to: number): number[] | undefined {
  const [first, ...others] = ranges.flatMap((range) => range.only ?? []);
  const inAll = (day: number) => day >= from && day <= to && others.every((list) => list.has(day));
  return first && [...first].filter(inAll).toSorted((a, b) => a - b);
}

function dayRange(
  predicate: ConstantPredicate,
  format: DayGuardrail["format"],
  context: Context,
): DayRange | undefined {
  const values = predicate.values.map((value) => dayOf(constantValue(value, context), format));
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) return undefined;
  const later = known.some((value) => value.later);
  // Placeholders within any range; the caller asks for `later` before it looks at them.
  const [first = noDay, second = noDay] = known;
  switch (predicate.operator) {
    case "=":
    case "in": {
      const days = known.map(({ day }) => day);
      return { from: Math.min(...days), to: Math.max(...days), only: new Set(days), later };
    }
    case "between":
      return { from: first.day, to: second.day, later };
    case ">=":
    case ">":
      return {
        from: predicate.operator === ">" && first.whole ? first.day + 1 : first.day,
        to: Infinity,
        later,
      };
    case "<=":
    case "<":
      return {
        from: -Infinity,
        to: predicate.operator === "<" && first.whole ? first.day - 1 : first.day,
        later,
      };
  }
}

type Day = { day: number; whole: boolean; later: boolean };

const noDay: Day = { day: 0, whole: true, later: true };

/** A text is a day only in the partition's own format, for it is compared as text; a DATE column takes times only. */
function dayOf(value: ConstantValue | undefined, format: DayGuardrail["format"]): Day | undefined {
  if (value?.kind === "later") return noDay;
  const ms =
    format === "date"
      ? value?.kind === "time"
        ? value.ms
        : undefined
      : value?.kind === "text"
        ? parseTime(value.text, format)
        : undefined;
  if (ms === undefined) return undefined;
  return { day: Math.floor(ms / dayMs), whole: ms % dayMs === 0, later: false };
}

function valueBound(
  table: TableName,
  predicates: readonly ConstantPredicate[],
  guardrail: ValueGuardrail,
  context: Context,
): BoundOutcome {
  const { column, maxValues, values: allowed } = guardrail;
  const label = `${table.database}.${table.table}`;
  const lists = predicates.flatMap((predicate) => {
    if (predicate.operator !== "=" && predicate.operator !== "in") return [];
    const known = predicate.values.map((value) => valueText(constantValue(value, context)));
    return known.includes(undefined) ? [] : [known.filter((value) => value !== undefined)];
  });
  const [shortest] = lists.toSorted((a, b) => a.length - b.length);
  const example = `${column} = '${allowed?.[0] ?? "…"}'`;
  if (!shortest) {
    const message = `${label}: its partition ${column} is not held to named values, so all of it could be scanned: add ${example}`;
    return { status: "refused", code: "partition", message };
  }
  const later = shortest.some((value) => value.later);
  const values = [...new Set(shortest.flatMap((value) => (value.later ? [] : [value.text])))];
  const foreign = allowed && values.find((value) => !allowed.includes(value));
  if (foreign !== undefined) {
    const message = `${label}: ${column} may not be '${foreign.slice(0, 60)}': allowed are ${allowed?.join(", ")}`;
    return { status: "refused", code: "range", message };
  }
  const count = later ? shortest.length : values.length;
  if (count > maxValues) {
    const message = `${label}: ${column} names ${count} values, at most ${maxValues} are allowed: name fewer`;
    return { status: "refused", code: "range", message };
  }
  return {
    status: "bounded",
    bound: later ? { kind: "later", table, column } : { kind: "value", table, column, values },
  };
}

function valueText(value: ConstantValue | undefined): { text: string; later: boolean } | undefined {
  if (value?.kind === "later") return { text: "", later: true };
  if (value?.kind === "text") return { text: value.text, later: false };
  return value?.kind === "number" ? { text: value.text, later: false } : undefined;
}

function exampleRange({ column, format, maxRangeDays }: DayGuardrail, today: number): string {
  const write = (day: number) =>
    format === "date" ? `DATE '${dayText(day)}'` : `'${formatTime(day * dayMs, format)}'`;
  return `${column} BETWEEN ${write(today - Math.min(maxRangeDays, 7) + 1)} AND ${write(today)}`;
}

function dayText(day: number): string {
  return formatTime(day * dayMs, "yyyy-MM-dd") ?? String(day);
}
