import { BlockList, isIPv4, isIPv6 } from "node:net";
import { matchArn } from "./match-arn.ts";
import { matchPattern } from "./match-pattern.ts";
import { expandPattern, expandText, unresolved } from "./policy-variables.ts";
import type { RequestContext } from "./request-context.ts";
import { not, type Truth } from "./truth.ts";

/** Compares one value of a policy with one value of a request. */
type Comparison = (wanted: string, given: string, context: RequestContext) => Truth;

/** `negated` operators hold when no value of the policy fits, and when the key is absent from the request. */
export type Operator = { compare: Comparison; negated: boolean };

/**
 * The base operator of a condition, without set qualifier and `IfExists`; undefined if we don't know it.
 * `Null` is not here: it asks about the key, not about its values.
 */
export function findOperator(name: string): Operator | undefined {
  return operators.get(name);
}

const stringEquals: Comparison = (wanted, given, context) => {
  const text = expandText(wanted, context);
  return text === unresolved ? "unknown" : text === given;
};

const stringEqualsIgnoreCase: Comparison = (wanted, given, context) => {
  const text = expandText(wanted, context);
  return text === unresolved ? "unknown" : text.toLowerCase() === given.toLowerCase();
};

const stringLike: Comparison = (wanted, given, context) => {
  const pattern = expandPattern(wanted, context);
  return pattern === unresolved ? "unknown" : matchPattern(pattern, given);
};

const bool: Comparison = (wanted, given) => {
  const value = wanted.toLowerCase();
  return value === "true" || value === "false" ? value === given.toLowerCase() : "unknown";
};

const ipAddress: Comparison = (wanted, given) => {
  const [network = "", prefix, ...rest] = wanted.split("/");
  const family = isIPv4(network) ? "ipv4" : isIPv6(network) ? "ipv6" : undefined;
  const bits = family === "ipv4" ? 32 : 128;
  const length = prefix === undefined ? bits : /^\d{1,3}$/u.test(prefix) ? Number(prefix) : Infinity;
  if (!family || rest.length > 0 || length > bits) return "unknown";
  if (!isIPv4(given) && !isIPv6(given)) return "unknown";
  const block = new BlockList();
  block.addSubnet(network, length, family);
  return isIPv4(given) === (family === "ipv4") && block.check(given, family);
};

function ordered(
  parse: (text: string) => number,
  holds: (given: number, wanted: number) => boolean,
): Comparison {
  return (wantedText, givenText) => {
    const wanted = parse(wantedText);
    const given = parse(givenText);
    return Number.isNaN(wanted) || Number.isNaN(given) ? "unknown" : holds(given, wanted);
  };
}

function parseNumber(text: string): number {
  return /^-?\d+(?:\.\d+)?$/u.test(text) ? Number(text) : Number.NaN;
}

/** W3C profile of ISO 8601, or seconds since 1970; milliseconds since 1970, or NaN. */
function parseDate(text: string): number {
  if (/^\d{1,12}$/u.test(text) && text.length !== 4) return Number(text) * 1000;
  const iso = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/u;
  return iso.test(text) ? Date.parse(text) : Number.NaN;
}

const comparisons: Record<string, (given: number, wanted: number) => boolean> = {
  Equals: (given, wanted) => given === wanted,
  LessThan: (given, wanted) => given < wanted,
  LessThanEquals: (given, wanted) => given <= wanted,
  GreaterThan: (given, wanted) => given > wanted,
  GreaterThanEquals: (given, wanted) => given >= wanted,
};

const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    StringEquals: positive(stringEquals),
    StringNotEquals: negated(stringEquals),
    StringEqualsIgnoreCase: positive(stringEqualsIgnoreCase),
    StringNotEqualsIgnoreCase: negated(stringEqualsIgnoreCase),
    StringLike: positive(stringLike),
    StringNotLike: negated(stringLike),
    // AWS: ArnEquals and ArnLike behave alike.
    ArnEquals: positive(matchArn),
    ArnLike: positive(matchArn),
    ArnNotEquals: negated(matchArn),
    ArnNotLike: negated(matchArn),
    Bool: positive(bool),
    IpAddress: positive(ipAddress),
    NotIpAddress: negated(ipAddress),
    NumericNotEquals: negated(ordered(parseNumber, (given, wanted) => given === wanted)),
    DateNotEquals: negated(ordered(parseDate, (given, wanted) => given === wanted)),
    ...orderedOperators("Numeric", parseNumber),
    ...orderedOperators("Date", parseDate),
  }),
);

function orderedOperators(prefix: string, parse: (text: string) => number): Record<string, Operator> {
  return Object.fromEntries(
    Object.entries(comparisons).map(([suffix, holds]) => [
      `${prefix}${suffix}`,
      positive(ordered(parse, holds)),
    ]),
  );
}

function positive(compare: Comparison): Operator {
  return { compare, negated: false };
}

function negated(compare: Comparison): Operator {
  return { compare: (wanted, given, context) => not(compare(wanted, given, context)), negated: true };
}
