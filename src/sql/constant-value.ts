import { addTime, dayMs, formatTime, parseTime } from "./calendar.ts";
import type { Expression } from "./syntax.ts";
import type { TypedValue } from "./typed-value.ts";

/** What a constant expression comes to; times are UTC milliseconds, as Athena's session time zone is UTC. */
export type ConstantValue =
  | { kind: "text"; text: string }
  | { kind: "time"; ms: number }
  | { kind: "number"; number: number }
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
      return { kind: "number", number: Number(expression.text) };
    case "typed-text":
      return ["date", "timestamp"].includes(expression.type) ? timeOf(expression.value) : undefined;
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
      return { kind: "number", number: Number(value.value) };
    case "date":
    case "timestamp":
      return timeOf(value.value);
    case "decimal":
    case "boolean":
    case undefined:
      return undefined;
  }
}

function timeOf(text: string): ConstantValue | undefined {
  const [day = "", clock] = text.trim().split(/[ T]/, 2);
  const start = parseTime(day, "yyyy-MM-dd");
  if (start === undefined || clock === undefined)
    return start === undefined ? undefined : { kind: "time", ms: start };
  const ms = Date.parse(`${day}T${clock.replace(/Z$/, "")}Z`);
  return Number.isNaN(ms) ? undefined : { kind: "time", ms };
}

/** `later` stays `later` through conversions: its value is judged when it is there. */
function converted(value: ConstantValue | undefined, type: string): ConstantValue | undefined {
  if (!value || value.kind === "later") return value;
  if (type.startsWith("varchar")) {
    if (value.kind === "text") return value;
    return value.kind === "number" ? { kind: "text", text: String(value.number) } : undefined;
  }
  if (type !== "date" && !type.startsWith("timestamp")) return undefined;
  const time = value.kind === "text" ? timeOf(value.text) : value;
  if (time?.kind !== "time") return undefined;
  return type === "date" ? { kind: "time", ms: startOfDay(time.ms) } : time;
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
      const ms = addTime(third.ms, second.number, first.text.toLowerCase());
      return ms === undefined ? undefined : { kind: "time", ms };
    }
    case "date_format":
    case "format_datetime": {
      if (first?.kind !== "time" || second?.kind !== "text") return undefined;
      const text = formatTime(first.ms, name === "date_format" ? fromPercent(second.text) : second.text);
      return text === undefined ? undefined : { kind: "text", text };
    }
    case "date_parse":
    case "parse_datetime": {
      if (first?.kind !== "text" || second?.kind !== "text") return undefined;
      const ms = parseTime(first.text, name === "date_parse" ? fromPercent(second.text) : second.text);
      return ms === undefined ? undefined : { kind: "time", ms };
    }
    case "from_iso8601_date":
    case "from_iso8601_timestamp":
      return first?.kind === "text" ? timeOf(first.text) : undefined;
    default:
      return undefined;
  }
}

/** MySQL's `%Y/%m/%d` as Java's `yyyy/MM/dd`. */
function fromPercent(format: string): string {
  return format.replace(/%Y/g, "yyyy").replace(/%m/g, "MM").replace(/%d/g, "dd");
}

function startOfDay(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs;
}
