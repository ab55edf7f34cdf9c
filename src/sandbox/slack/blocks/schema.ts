import { isObject } from "../json.ts";

/** One thing wrong, and the JSON pointer to it. */
export type Complaint = { pointer: string; message: string };

/** Looks at a value and returns everything wrong with it. */
export type Check = (value: unknown, pointer: string) => Complaint[];

type Fields = Record<string, Check>;

export const anything: Check = () => [];

export const boolean: Check = (value, pointer) =>
  typeof value === "boolean" ? [] : [{ pointer, message: "must be a boolean" }];

export function string(limits: { min?: number; max?: number; pattern?: RegExp } = {}): Check {
  return (value, pointer) => {
    if (typeof value !== "string") return [{ pointer, message: "must be a string" }];
    const { min = 1, max = Infinity, pattern } = limits;
    if (value.length < min) return [{ pointer, message: `must be more than ${min - 1} characters` }];
    if (value.length > max) return [{ pointer, message: `must be less than ${max + 1} characters` }];
    if (pattern && !pattern.test(value)) return [{ pointer, message: "does not match the required format" }];
    return [];
  };
}

export function integer(min: number, max: number): Check {
  return (value, pointer) =>
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
      ? []
      : [{ pointer, message: `must be an integer from ${min} to ${max}` }];
}

export const number: Check = (value, pointer) =>
  typeof value === "number" && Number.isFinite(value) ? [] : [{ pointer, message: "must be a number" }];

export function oneOf(...allowed: (string | number)[]): Check {
  return (value, pointer) =>
    allowed.some((item) => item === value)
      ? []
      : [{ pointer, message: `must be a valid enum value: ${allowed.join(", ")}` }];
}

export function array(item: Check, min: number, max: number): Check {
  return (value, pointer) => {
    if (!Array.isArray(value)) return [{ pointer, message: "must be an array" }];
    if (value.length < min) return [{ pointer, message: `no less than ${min} items allowed` }];
    if (value.length > max) return [{ pointer, message: `no more than ${max} items allowed` }];
    return value.flatMap((entry, index) => item(entry, `${pointer}/${index}`));
  };
}

/** An object with exactly these fields; `type` is always allowed, its value is the caller's to check. */
export function object(required: Fields, optional: Fields = {}): Check {
  return (value, pointer) => {
    if (!isObject(value)) return [{ pointer, message: "must be an object" }];
    const missing = Object.keys(required)
      .filter((name) => value[name] === undefined || value[name] === null)
      .map((name) => ({ pointer, message: `missing required field: ${name}` }));
    const wrong = Object.entries(value).flatMap(([name, field]) => {
      const check = required[name] ?? optional[name];
      if (field === undefined || field === null || name === "type") return [];
      if (!check) return [{ pointer, message: `invalid additional property: ${name}` }];
      return check(field, `${pointer}/${name}`);
    });
    return [...missing, ...wrong];
  };
}

/** Chooses the check by the object's `type`. */
export function byType(checks: Record<string, Check>): Check {
  return (value, pointer) => {
    if (!isObject(value)) return [{ pointer, message: "must be an object" }];
    const type = typeof value["type"] === "string" ? value["type"] : "";
    if (type === "") return [{ pointer, message: "missing required field: type" }];
    const check = Object.hasOwn(checks, type) ? checks[type] : undefined;
    return check
      ? check(value, pointer)
      : [{ pointer: `${pointer}/type`, message: `unsupported type: ${type}` }];
  };
}

/** All checks must be content. */
export function all(...checks: Check[]): Check {
  return (value, pointer) => checks.flatMap((check) => check(value, pointer));
}

/** For definitions that refer to each other. */
export function lazy(make: () => Check): Check {
  return (value, pointer) => make()(value, pointer);
}
