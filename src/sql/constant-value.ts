import { addTime, dayMs, formatTime, parseTime } from "./calendar.ts";
import type { DayFormat } from "./calendar.ts";
import type { Expression } from "./syntax.ts";
import type { TypedValue } from "./typed-value.ts";

/** What a constant expression comes to; times are UTC milliseconds, as Athena's session time zone is UTC. */
export type ConstantValue =
  | { kind: "text"; text: string }
  | { kind: "time"; ms: number }
  /** Whole, as Trino writes it. */
  | { kind: "number"; text: string }
  | { kind: "interval"; amount: number; unit: string }
  /** A parameter whose value is not known yet. */
  | { kind: "later" };

/** The value of a parameter by its index, or "later" before there are inputs. */
export type ParameterLookup = (index: number) => TypedValue | "later" | undefined;

type Context = { now: Date; parameter: ParameterLookup };

/**
 * Evaluates the constants that people bound partitions with: literals, dates, `current_date`, `date_add`, intervals,
 * `date_format`, casts. Undefined for everything else: a bound that can't be computed does not count.
 */
export function constantValue(expression: Expression, context: Context): ConstantValue | undefined {
  switch (expression.kind) {
    case "text":
      return { kind: "text", text: expression.value };
    case "number":
      return wholeNumber(expression.text);
    case "typed-text":
      if (expression.type === "date") return dayOf(expression.value);
      return expression.type === "timestamp" ? timeOf(expression.value) : undefined;
    case "interval": {
      const amount = /^\d{1,6}$/.test(expression.value) ? Number(expression.value) : undefined;
      if (amount === undefined || expression.to !== undefined) return undefined;
      return { kind: "interval", amount: expression.negative ? -amount : amount, unit: expression.unit };
    }
    case "parameter":
      return parameterValue(context.parameter(expression.index));
    case "cast":
      return converted(constantValue(expression.operand, context), expression.type);
    case "arithmetic":
      return shifted(
        expression.operator,
        constantValue(expression.left, context),
        constantValue(expression.right, context),
      );
    case "call":
      if (expression.modifiers.length > 0) return undefined;
      return called(
        expression.name,
        expression.arguments.map((one) => constantValue(one, context)),
        context.now,
      );
    case "name":
    case "field":
    case "boolean":
    case "null":
    case "lambda":
    case "query":
    case "and":
    case "comparison":
    case "between":
    case "in-list":
    case "like":
    case "composite":
      return undefined;
  }
}

function parameterValue(value: TypedValue | "later" | undefined): ConstantValue | undefined {
  if (value === "later") return { kind: "later" };
  switch (value?.type) {
    case "string":
      return { kind: "text", text: value.value };
    case "integer":
      return wholeNumber(String(value.value));
    case "date":
    case "timestamp":
      return timeOf(value.value);
    case "decimal":
    case "boolean":
    case undefined:
      return undefined;
  }
}

/** Another form of a number (`2.0E7`, `2_0`, `1.5`) is another text in Trino than here. */
function wholeNumber(text: string): ConstantValue | undefined {
  return /^-?\d{1,18}$/.test(text) ? { kind: "number", text: String(BigInt(text)) } : undefined;
}

/** A day alone; a clock behind it is refused or cut off, depending on who reads it. */
function dayOf(text: string): ConstantValue | undefined {
  const ms = parseTime(text, "yyyy-MM-dd");
  return ms === undefined ? undefined : { kind: "time", ms };
}

/** A day with or without a clock in UTC; undefined when anything follows, like a zone. */
function timeOf(text: string): ConstantValue | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?)Z?)?$/.exec(
    text,
  );
  const [, day = "", clock = "00:00"] = match ?? [];
  const start = dayOf(day);
  if (start?.kind !== "time") return undefined;
  const ms = Date.parse(`${day}T${clock}Z`);
  return Number.isNaN(ms) ? undefined : { kind: "time", ms };
}

/** Types with fewer digits than a value cut it off or round it to another day. */
const timestamps = new Set(["timestamp", "timestamp(3)", "timestamp(6)"]);

/**
 * `later` stays `later` through conversions: its value is judged when it is there. Of the types for texts only
 * `varchar` changes nothing: `varchar(4)` cuts, `char(12)` fills up.
 */
function converted(value: ConstantValue | undefined, type: string): ConstantValue | undefined {
  if (!value || value.kind === "later") return value;
  if (type === "varchar")
    return value.kind === "text" || value.kind === "number" ? { kind: "text", text: value.text } : undefined;
  if (type === "date") {
    const time = value.kind === "text" ? dayOf(value.text) : value;
    return time?.kind === "time" ? { kind: "time", ms: startOfDay(time.ms) } : undefined;
  }
  if (!timestamps.has(type)) return undefined;
  const time = value.kind === "text" ? timeOf(value.text) : value;
  return time?.kind === "time" ? time : undefined;
}

function shifted(
  operator: string,
  left: ConstantValue | undefined,
  right: ConstantValue | undefined,
): ConstantValue | undefined {
  if (left?.kind !== "time" || right?.kind !== "interval" || !["+", "-"].includes(operator)) return undefined;
  const ms = addTime(left.ms, operator === "+" ? right.amount : -right.amount, right.unit);
  return ms === undefined ? undefined : { kind: "time", ms };
}

function called(
  name: string,
  args: readonly (ConstantValue | undefined)[],
  now: Date,
): ConstantValue | undefined {
  const [first, second, third] = args;
  if (args.some((one) => one?.kind === "later")) return { kind: "later" };
  switch (name) {
    case "now":
    case "current_timestamp":
    case "localtimestamp":
      return args.length === 0 ? { kind: "time", ms: now.getTime() } : undefined;
    case "current_date":
      return { kind: "time", ms: startOfDay(now.getTime()) };
    case "date":
      return args.length === 1 ? converted(first, "date") : undefined;
    case "date_trunc":
      return first?.kind === "text" && first.text === "day" && second?.kind === "time"
        ? { kind: "time", ms: startOfDay(second.ms) }
        : undefined;
    case "date_add": {
      if (first?.kind !== "text" || second?.kind !== "number" || third?.kind !== "time") return undefined;
      const ms = addTime(third.ms, Number(second.text), first.text.toLowerCase());
      return ms === undefined ? undefined : { kind: "time", ms };
    }
    case "date_format":
    case "format_datetime": {
      if (first?.kind !== "time" || second?.kind !== "text") return undefined;
      const format = formatFor(name, second.text);
      const text = format && formatTime(first.ms, format);
      return text === undefined ? undefined : { kind: "text", text };
    }
    case "date_parse":
    case "parse_datetime": {
      if (first?.kind !== "text" || second?.kind !== "text") return undefined;
      const format = formatFor(name, second.text);
      const ms = format && parseTime(first.text, format);
      return ms === undefined ? undefined : { kind: "time", ms };
    }
    case "from_iso8601_date":
      return first?.kind === "text" ? dayOf(first.text) : undefined;
    case "from_iso8601_timestamp":
      return first?.kind === "text" ? timeOf(first.text) : undefined;
    default:
      return undefined;
  }
}

/** The two families write formats differently; one written in the other's way is a plain text to its function. */
function formatFor(name: string, format: string): DayFormat | undefined {
  return (name.startsWith("date_") ? percentFormats : jodaFormats).get(format);
}

const percentFormats: ReadonlyMap<string, DayFormat> = new Map([
  ["%Y/%m/%d", "yyyy/MM/dd"],
  ["%Y-%m-%d", "yyyy-MM-dd"],
  ["%Y%m%d", "yyyyMMdd"],
]);

const jodaFormats: ReadonlyMap<string, DayFormat> = new Map([
  ["yyyy/MM/dd", "yyyy/MM/dd"],
  ["yyyy-MM-dd", "yyyy-MM-dd"],
  ["yyyyMMdd", "yyyyMMdd"],
]);

function startOfDay(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs;
}
